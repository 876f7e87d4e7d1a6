"""A Keras model that colours, as an ONNX graph under the contract of `colorcli.inference.model`."""

from collections.abc import Iterable

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from keras import KerasTensor
from onnx import TensorProto, helper, numpy_helper

from colorcli.inference.model import FEATURES, LOGITS
from colorcli.training.colorization import Colorization
from colorcli.training.network.encoders import STRIDES
from colorcli.training.network.layers import CropToStride

OPSET = 17  # tf2onnx refuses 19 and later
LIGHTNESS = tf.TensorSpec((None, None, None, 1), tf.float32, name="lightness")
TEMPERATURE = tf.TensorSpec((), tf.float32, name="temperature")
LARGE = 1024  # numbers in an initializer: smaller ones are not worth rounding
LARGEST_HALF = float(np.finfo(np.float16).max)


def to_onnx(
    model: Colorization, temperature: float | None, saturation: float, logits: bool
) -> onnx.ModelProto:
    """L (N, H, W, 1) to `saturation` times ab (N, h, w, 2) and to `insights`, all sizes dynamic.

    A temperature becomes an input that has this value unless it is fed.
    """
    seeing = insights(model, logits)

    # As a dictionary, because its keys become the outputs' names.
    def colour(lightness: KerasTensor, temperature: KerasTensor | None = None) -> dict[str, KerasTensor]:
        raw, further = seeing(lightness, training=False)
        ab = model.objective.decode(raw, temperature) * saturation
        return {"ab": ab} | {name: tf.identity(values) for name, values in further.items()}

    signature = [LIGHTNESS] if temperature is None else [LIGHTNESS, TEMPERATURE]
    traced = tf.function(colour, input_signature=signature, autograph=False)
    proto, _ = tf2onnx.convert.from_function(traced, input_signature=signature, opset=OPSET)
    _name_sizes(proto.graph.input[0], ("N", "H", "W"))
    for output in proto.graph.output:
        tail = "" if output.name in ("ab", LOGITS) else output.name.removeprefix("features")
        _name_sizes(output, ("N", f"h{tail}", f"w{tail}"))
    if temperature is not None:
        default = numpy_helper.from_array(np.array(temperature, np.float32), TEMPERATURE.name)
        proto.graph.initializer.append(default)
    return proto


def insights(model: Colorization, logits: bool) -> keras.Model:
    """L to the network's raw numbers and, by name, what else the file offers of what it computes anyway.

    Features of its encoder, if it has one, cut to ceil(H / stride) x ceil(W / stride); with `logits` the raw
    numbers themselves. Both at no cost: the weights are the network's, and nobody pays for what is not asked.
    """
    lightness, raw, features = _with_features(model)
    further = {
        name: CropToStride(stride)(features[STRIDES.index(stride)], lightness)
        for stride, name in FEATURES.items()
        if features
    }
    return keras.Model(lightness, (raw, further | ({LOGITS: raw} if logits else {})))


def _with_features(model: Colorization) -> tuple[KerasTensor, KerasTensor, list[KerasTensor]]:
    """The network's input and output, and its encoder's features in the midst of it."""
    features: list[KerasTensor] = []

    def call(layer: keras.layers.Layer, *inputs: object, **options: object) -> KerasTensor:
        answer = layer(*inputs, **options)
        if layer is model.encoder:
            features.extend(answer)
        return answer

    # The same layers called once more: a nested model does not say elsewhere what it answered within.
    again = keras.models.clone_model(model.network, clone_function=lambda layer: layer, call_function=call)
    return again.input, again.output, features


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


def _name_sizes(port: onnx.ValueInfoProto, names: tuple[str, ...]) -> None:
    for size, name in zip(port.type.tensor_type.shape.dim, names, strict=False):
        size.dim_param = name


def _set_nodes(graph: onnx.GraphProto, nodes: Iterable[onnx.NodeProto]) -> None:
    kept = list(nodes)
    del graph.node[:]
    graph.node.extend(kept)
