"""The Inception v3 of 2015-12-05 as an ONNX graph from photographs to the 2048 features that FID compares.

Two things set it apart from the Inception v3 of the classifiers: photographs are resized to 299 x 299 as
TensorFlow 1 did it (bilinear, sample i at i * size / 299, no anti-aliasing), and the last block pools with
the maximum where the others average. With the average there instead, as in Keras, distances come out smaller;
such a graph is marked, for comparison with figures made that way.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from colorcli.pretrained.graph import Graph
from colorcli.pretrained.weights import INCEPTION, INCEPTION_AVERAGE, ConvNorm

EPSILON = 1e-3  # of the batch normalisation
SIZE = 299  # pixels a side
FEATURES = 2048


def write_inception_graph(layers: Sequence[ConvNorm], path: Path, average: bool = False) -> None:
    """`images` uint8 RGB (N, H, W, 3) to `features` float32 (N, 2048)."""
    graph = Graph()
    network = _Inception(graph, iter(layers))
    last_pooling = "AveragePool" if average else "MaxPool"
    value = network.body(_resized(graph, graph.pixels("images")), last_pooling)
    value = graph.add("GlobalAveragePool", value)
    graph.add("Flatten", value, output="features")
    graph.write(
        path,
        ["images"],
        {"features": ["N", FEATURES]},
        {"network": INCEPTION_AVERAGE if average else INCEPTION, "licence": "Apache-2.0"},
    )


def _resized(graph: Graph, value: str) -> str:
    """(N, 3, H, W) in 0..255 to (N, 3, 299, 299) in -1..127/128, the scaling the network was trained with."""
    batch = graph.add("Slice", graph.add("Shape", value), *(graph.constant(np.array([at])) for at in (0, 1)))
    sizes = graph.add("Concat", batch, graph.constant(np.array([3, SIZE, SIZE])), axis=0)
    unset = graph.constant(np.empty(0, np.float32))
    value = graph.add(
        "Resize", value, "", unset, sizes, mode="linear", coordinate_transformation_mode="asymmetric"
    )
    value = graph.add("Sub", value, graph.constant(128))
    return graph.add("Div", value, graph.constant(128))


class _Inception:
    """Takes the layers in their order while it adds block after block."""

    def __init__(self, graph: Graph, layers: Iterator[ConvNorm]) -> None:
        self.graph = graph
        self.layers = layers

    def body(self, value: str, last_pooling: str) -> str:
        """(N, 3, 299, 299) to (N, 2048, 8, 8)."""
        value = self.valid(value, stride=2)
        value = self.same(self.valid(value))
        value = self.graph.pool("MaxPool", value, stride=2)
        value = self.valid(self.valid(value))
        value = self.graph.pool("MaxPool", value, stride=2)
        for _ in range(3):
            value = self.mixed(value, (1, 2, 3))
        value = self.reduction(value, (0, 2))
        for _ in range(4):
            value = self.mixed(value, (1, 3, 5))
        value = self.reduction(value, (1, 3))
        return self.fan(self.fan(value, "AveragePool"), last_pooling)

    def same(self, value: str, count: int = 1) -> str:
        """That many convolutions that keep the size."""
        for _ in range(count):
            layer = next(self.layers)
            height, width = layer.kernel.shape[:2]
            value = self._add(value, layer, 1, (height // 2, width // 2))
        return value

    def valid(self, value: str, stride: int = 1) -> str:
        return self._add(value, next(self.layers), stride, (0, 0))

    def mixed(self, value: str, depths: tuple[int, ...]) -> str:
        """Branches of that many convolutions and a pooled one, side by side."""
        branches = [self.same(value, depth) for depth in depths]
        pooled = self.graph.pool("AveragePool", value, stride=1, padding=1)
        return self.graph.add("Concat", *branches, self.same(pooled), axis=1)

    def reduction(self, value: str, depths: tuple[int, ...]) -> str:
        """Branches that each end in a convolution of stride 2, beside a maximum."""
        branches = [self.valid(self.same(value, depth), stride=2) for depth in depths]
        return self.graph.add("Concat", *branches, self.graph.pool("MaxPool", value, stride=2), axis=1)

    def fan(self, value: str, pooling: str) -> str:
        """The blocks at 8 x 8: two branches fork once more, into 1 x 3 and 3 x 1."""
        branches = [self.same(value)]
        for depth in (1, 2):
            stem = self.same(value, depth)
            branches += [self.same(stem), self.same(stem)]
        pooled = self.graph.pool(pooling, value, stride=1, padding=1)
        return self.graph.add("Concat", *branches, self.same(pooled), axis=1)

    def _add(self, value: str, layer: ConvNorm, stride: int, padding: tuple[int, int]) -> str:
        """The batch normalisation is folded into kernel and bias."""
        scale = 1 / np.sqrt(layer.variance + np.float32(EPSILON))
        bias = layer.beta - layer.mean * scale
        return self.graph.convolution(value, layer.kernel * scale, bias, stride, padding)
