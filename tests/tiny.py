"""A colorizer of a few hundred bytes, made on the spot."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from colorcli.inference.model import ModelSpec

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
