"""A colorizer of a few hundred bytes, made on the spot."""

from dataclasses import replace

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from colorcli.inference.model import FEATURES, LOGITS
from colorcli.inference.spec import ModelSpec

TINY = ModelSpec(
    name="tiny",
    architecture="average",
    objective="none",
    version="1",
    render_size=64,
    stride=4,
    temperature=0.4,
    data="no photographs",
    licence="MIT",
    colorcli="0.1.0",
)


def build_tiny_model(spec: ModelSpec = TINY) -> onnx.ModelProto:
    """Colour from the mean L of each 4x4 block: warm where it is light, cold where it is dark.

    A lower temperature gives more chroma, as in a real classifier.
    """
    nodes = [
        helper.make_node("Transpose", ["lightness"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "AveragePool", ["planes"], ["mean"], kernel_shape=[4, 4], strides=[4, 4], ceil_mode=1
        ),
        helper.make_node("Conv", ["mean", "weight", "bias"], ["colour"]),
        helper.make_node("Div", ["colour", "temperature"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["ab"], perm=[0, 2, 3, 1]),
    ]
    constants = {
        "weight": np.array([0.08, 0.2], np.float32).reshape(2, 1, 1, 1),
        "bias": np.array([-1, -10], np.float32),
        "temperature": np.array(spec.temperature or 1, np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("lightness", TensorProto.FLOAT, ["N", "H", "W", 1])],
        [helper.make_tensor_value_info("ab", TensorProto.FLOAT, ["N", "h", "w", 2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    if spec.temperature is not None:  # an initializer that is also an input may be overridden
        graph.input.append(helper.make_tensor_value_info("temperature", TensorProto.FLOAT, []))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    helper.set_model_props(model, spec.to_metadata())
    return model


CORNERS = ((-20.0, -20.0), (20.0, 20.0), (-20.0, 20.0), (20.0, -20.0))


def build_seeing_model() -> onnx.ModelProto:
    """The same with further outputs: features that are L and its square, logits that follow L a little."""
    model = build_tiny_model(replace(TINY, name="seeing", palette=CORNERS))
    _add_outputs(model, [helper.make_node("Mul", ["mean", "mean"], ["square"])], "square")
    return model


def build_matching_model() -> onnx.ModelProto:
    """The same, but for features that tell places apart: differences of L around each."""
    model = build_tiny_model(replace(TINY, name="matching", palette=CORNERS))
    kernels = np.random.default_rng(0).normal(0, 1, (24, 1, 5, 5)).astype(np.float32)
    kernels -= kernels.mean(axis=(2, 3), keepdims=True)
    model.graph.initializer.append(numpy_helper.from_array(kernels, "kernels"))
    around = helper.make_node("Conv", ["mean", "kernels"], ["around"], pads=[2, 2, 2, 2])
    _add_outputs(model, [around], "around")
    return model


def _add_outputs(model: onnx.ModelProto, nodes: list[onnx.NodeProto], features: str) -> None:
    """Features that are L and what the nodes make of it, and logits that follow L a little."""
    graph = model.graph
    weights = np.array([0.01, -0.01, 0.005, 0], np.float32).reshape(4, 1, 1, 1)
    graph.initializer.append(numpy_helper.from_array(weights, "leanings"))
    sixteenth = {"kernel_shape": [4, 4], "strides": [4, 4], "ceil_mode": 1}
    graph.node.extend(
        [
            *nodes,
            helper.make_node("Concat", ["mean", features], ["seen"], axis=1),
            helper.make_node("AveragePool", ["seen"], ["seen far"], **sixteenth),
            helper.make_node("Conv", ["mean", "leanings"], ["leaning"]),
        ]
    )
    for source, name in (("seen", FEATURES[8]), ("seen far", FEATURES[16]), ("leaning", LOGITS)):
        graph.node.append(helper.make_node("Transpose", [source], [name], perm=[0, 2, 3, 1]))
        shape = ["N", f"h {name}", f"w {name}", f"C {name}"]
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
