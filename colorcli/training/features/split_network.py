"""A network divided where its frozen part ends: what lies before is computed once, what is behind learns."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
from keras import KerasTensor

from colorcli.training.network.encoders import build_encoder


@dataclass(frozen=True)
class SplitNetwork:
    """Two models that one after the other answer as the network does."""

    prefix: keras.Model  # L (N, H, W, 1) to a list of maps (N, h, w, C); its weights are copies
    rest: keras.Model  # [L, *maps] to the network's raw output; its weights are the network's own


@dataclass(frozen=True)
class _Cut:
    """Where an encoder is divided, by indices that hold for its twin too."""

    used: tuple[int, ...]  # outputs that the network reads
    learnt: tuple[int, ...]  # those of them that lie behind the frozen layers
    last: int  # the last frozen layer

    def maps(self, encoder: keras.Model) -> list[KerasTensor]:
        """All that is read of the frozen layers, each once."""
        ends = [encoder.layers[self.last].output] if self.learnt else []
        ends += [encoder.outputs[index] for index in self.used if index not in self.learnt]
        return list({id(end): end for end in ends}.values())


def split_network(network: keras.Model, encoder: keras.Model | None, name: str) -> SplitNetwork | None:
    """Divide a network behind the frozen layers of its encoder, that of the `name`; None if all of it learns.

    To be called when the weights are in place: the frozen ones are copied, so that they can be used while
    `fit` has the originals.
    """
    if encoder is None or (cut := _find_cut(network, encoder)) is None:
        return None
    twin = build_encoder(name)
    twin.set_weights(encoder.get_weights())
    seen = encoder._inbound_nodes[0].input_tensors[0]
    prefix = keras.Model(network.input, keras.Model(twin.input, cut.maps(twin))(seen), name="prefix")
    prefix.jit_compile = keras.backend.backend() == "jax"  # XLA makes TensorFlow slower here
    return SplitNetwork(prefix, _rest(network, encoder, cut))


def _find_cut(network: keras.Model, encoder: keras.Model) -> _Cut | None:
    learning = [index for index, layer in enumerate(encoder.layers) if layer.trainable]
    first = min(learning, default=len(encoder.layers))
    if not any(layer.weights for layer in encoder.layers[:first]):
        return None
    used = _used_outputs(network, encoder)
    makers = [encoder.layers.index(output._keras_history.operation) for output in encoder.outputs]
    return _Cut(used, tuple(index for index in used if makers[index] >= first), first - 1)


def _used_outputs(network: keras.Model, encoder: keras.Model) -> tuple[int, ...]:
    """Indices of the encoder's outputs that something in the network reads."""
    nodes = [node for layer in network.layers for node in layer._inbound_nodes]
    read = {id(tensor) for node in nodes for tensor in node.input_tensors}
    outputs = encoder._inbound_nodes[0].output_tensors
    return tuple(index for index, output in enumerate(outputs) if id(output) in read)


def _rest(network: keras.Model, encoder: keras.Model, cut: _Cut) -> keras.Model:
    """[L, *maps] to raw: the layers of the encoder that learn, and all of the network behind it."""
    ends = cut.maps(encoder)
    maps = {id(end): keras.Input(end.shape[1:], dtype="float32") for end in ends}
    known = {index: maps.get(id(encoder.outputs[index])) for index in cut.used}
    if cut.learnt:
        upper = keras.Model(ends[0], [encoder.outputs[index] for index in cut.learnt])
        known |= dict(zip(cut.learnt, upper(maps[id(ends[0])]), strict=True))
    features = [known[index] for index in cut.used]
    raw = _behind(network, encoder, cut.used)([network.input, *features])
    return keras.Model([network.input, *maps.values()], raw, name="rest")


def _behind(network: keras.Model, encoder: keras.Model, used: Sequence[int]) -> keras.Model:
    """[L, *the encoder's outputs that are used] to raw."""
    outputs = encoder._inbound_nodes[0].output_tensors
    return keras.Model([network.input, *(outputs[index] for index in used)], network.output)
