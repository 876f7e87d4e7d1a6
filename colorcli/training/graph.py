"""A Keras model that colours, as an ONNX graph under the contract of `colorcli.inference.model`."""

from collections.abc import Iterable

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras import KerasTensor
from onnx import TensorProto, helper, numpy_helper

from colorcli.training.colorization import Colorization

OPSET = 17  # tf2onnx refuses 19 and later
LIGHTNESS = tf.TensorSpec((None, None, None, 1), tf.float32, name="lightness")
TEMPERATURE = tf.TensorSpec((), tf.float32, name="temperature")
LARGE = 1024  # numbers in an initializer: smaller ones are not worth rounding
LARGEST_HALF = float(np.finfo(np.float16).max)


def to_onnx(model: Colorization, temperature: float | None, saturation: float) -> onnx.ModelProto:
    """L (N, H, W, 1) to `saturation` times ab (N, h, w, 2), all sizes dynamic.

    A temperature becomes an input that has this value unless it is fed.
    """

    # As a dictionary, because its key becomes the output's name.
    def colour(lightness: KerasTensor, temperature: KerasTensor | None = None) -> dict[str, KerasTensor]:
        return {"ab": model.colour(lightness, temperature) * saturation}

    signature = [LIGHTNESS] if temperature is None else [LIGHTNESS, TEMPERATURE]
    traced = tf.function(colour, input_signature=signature, autograph=False)
    proto, _ = tf2onnx.convert.from_function(traced, input_signature=signature, opset=OPSET)
    _name_sizes(proto.graph.input[0], "NHW")
    _name_sizes(proto.graph.output[0], "Nhw")
    if temperature is not None:
        default = numpy_helper.from_array(np.array(temperature, np.float32), TEMPERATURE.name)
        proto.graph.initializer.append(default)
    return proto


def halve(proto: onnx.ModelProto) -> None:
    """Store large float32 weights as float16, cast back as the file is loaded: half its size."""
    casts = []
    for weight in proto.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < LARGE or np.abs(values).max() > LARGEST_HALF:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}/half"))
        casts.append(helper.make_node("Cast", [weight.name], [name], to=TensorProto.FLOAT))
    _set_nodes(proto.graph, [*casts, *proto.graph.node])


def _name_sizes(port: onnx.ValueInfoProto, names: str) -> None:
    for size, name in zip(port.type.tensor_type.shape.dim, names, strict=False):
        size.dim_param = name


def _set_nodes(graph: onnx.GraphProto, nodes: Iterable[onnx.NodeProto]) -> None:
    kept = list(nodes)
    del graph.node[:]
    graph.node.extend(kept)
