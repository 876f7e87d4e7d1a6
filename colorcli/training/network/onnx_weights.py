"""A network's weights and design out of the ONNX file that `export` made of it.

In the file batch normalisation is folded into the convolution before it. Here it becomes a normalisation that
only adds the offset: gamma 1, beta the offset, mean 0, variance 1; `measure_statistics` makes it live again.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from colorcli.errors import ModelError
from colorcli.training.config import NetworkConfig
from colorcli.training.network.layers import BatchNorm, norm_behind

DESIGN = "design"  # metadata: the network's configuration, as JSON
SPATIAL = {"Conv": (2, 3, 1, 0), "ConvTranspose": (2, 3, 1, 0)}  # ONNX keeps the sides of a kernel last

Tensor = NDArray[np.float32]
Key = tuple[bool, str, int]  # inside the encoder; kind of layer; number among those of its kind


@dataclass(frozen=True)
class Linear:
    """A convolution or dense layer: its kernel as Keras has it, and its offset (channels,) or None."""

    kernel: Tensor
    offset: Tensor | None


def load_exported(path: Path, network: keras.Model, encoder: keras.Model | None) -> None:
    """Put the weights of a file into a network of the same design."""
    layers = dict(_file_layers(path))
    _fill(network, layers, path, inside=False)
    if encoder is not None:
        _fill(encoder, layers, path, inside=True)


def load_exported_encoder(path: Path, encoder: keras.Model) -> None:
    """Put the encoder of a file into one of the same kind."""
    _fill(encoder, dict(_file_layers(path)), path, inside=True)


def read_design(path: Path) -> NetworkConfig:
    """How the network of a file is built."""
    metadata = {entry.key: entry.value for entry in _read(path).metadata_props}
    try:
        return NetworkConfig.parsed(json.loads(metadata[DESIGN]))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(
            f"{path} does not say how its network is built",
            "Start from a run, or from a file that this version of `colorcli export` made.",
        ) from error


def _fill(model: keras.Model, layers: dict[Key, Linear], path: Path, inside: bool) -> None:
    ours = {(inside, *_kind(layer.name)): layer for layer in model.layers if hasattr(layer, "kernel")}
    theirs = sorted(key for key in layers if key[0] == inside)
    if len(ours) != len(theirs):
        raise ModelError(f"{path} holds {len(theirs)} layers, where the network has {len(ours)}")
    for key, source in zip(sorted(ours), theirs, strict=True):
        _give(ours[key], layers[source], path)
    folded = {norm_behind(layer) for layer in ours.values()}
    if any(isinstance(layer, BatchNorm) and layer not in folded for layer in model.layers):
        raise ModelError(f"{path} is of a design that cannot be read back", "Start from the run instead.")


def _give(layer: keras.layers.Layer, linear: Linear, path: Path) -> None:
    if linear.kernel.shape != tuple(layer.kernel.shape):
        raise ModelError(
            f"{path} is of another network: {layer.name} is {tuple(layer.kernel.shape)}, "
            f"not {linear.kernel.shape}"
        )
    channels = layer.units if isinstance(layer, keras.layers.Dense) else layer.filters
    offset = np.zeros(channels, np.float32) if linear.offset is None else linear.offset.reshape(channels)
    layer.kernel.assign(linear.kernel)
    norm = norm_behind(layer)
    if norm is not None:
        norm.become_offset(offset)
        offset = np.zeros(channels, np.float32)
    if layer.use_bias:
        layer.bias.assign(offset)


def _file_layers(path: Path) -> Iterator[tuple[Key, Linear]]:
    """Every layer with a kernel; Keras numbers those of a kind, and TensorFlow adds a number of its own."""
    graph = _read(path).graph
    constants = {
        tensor.name: numpy_helper.to_array(tensor).astype(np.float32) for tensor in graph.initializer
    }
    constants |= {node.output[0]: constants[node.input[0]] for node in graph.node if _casts(node, constants)}
    offsets = {name: constants[other] for name, other in _sums(graph) if other in constants}
    for node in graph.node:
        if node.op_type not in (*SPATIAL, "MatMul") or node.input[1] not in constants:
            continue
        scopes = node.input[1].split("/")[:-2]  # .../encoder_1/conv2d_12_1
        if scopes:  # else it is a constant of the objective
            offset = constants[node.input[2]] if len(node.input) > 2 else offsets.get(node.output[0])
            axes = SPATIAL.get(node.op_type)
            kernel = constants[node.input[1]]
            key = (
                any(scope.startswith("encoder") for scope in scopes),
                *_kind(scopes[-1].rpartition("_")[0]),
            )
            yield key, Linear(kernel.transpose(axes) if axes else kernel, offset)


def _casts(node: onnx.NodeProto, constants: dict[str, Tensor]) -> bool:
    return bool(node.op_type == "Cast" and node.input[0] in constants)


def _sums(graph: onnx.GraphProto) -> Iterator[tuple[str, str]]:
    """What is added to what."""
    for node in graph.node:
        if node.op_type == "Add":
            yield node.input[0], node.input[1]
            yield node.input[1], node.input[0]


def _kind(name: str) -> tuple[str, int]:
    """conv2d_12 is number 12 of its kind, conv2d number 0."""
    found = re.fullmatch(r"(.*?)(?:_(\d+))?", name)
    assert found is not None
    return found[1], int(found[2] or 0)


def _read(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path)
    except Exception as error:  # protobuf's errors have no public base
        raise ModelError(f"{path}: not a readable ONNX model: {error}") from error
