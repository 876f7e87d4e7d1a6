"""LPIPS (AlexNet, linear heads, version 0.1) as an ONNX graph from two photographs to their distance.

What its stages see of each, averaged over the places, is a second output, to compare sets of photographs by.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from colorcli.pretrained.graph import Graph
from colorcli.pretrained.weights import LPIPS, PerceptualStage, Tensor

SHIFT = (-0.030, -0.088, -0.188)  # RGB, of pixels in -1..1
SCALE = (0.458, 0.448, 0.450)
EPSILON = 1e-10  # keeps a feature of length zero from dividing by zero
STRIDES = (4, 1, 1, 1, 1)
PADDINGS = (2, 2, 1, 1, 1)
POOLED = (1, 2)  # the stages that start with a maximum over 3 x 3


def write_lpips_graph(stages: Sequence[PerceptualStage], path: Path) -> None:
    """`first`, `second` uint8 RGB (N, H, W, 3) to `distance` float32 (N,), 0 for equal photographs.

    `features` are (2N, channels of all stages), those of the first photographs before those of the second.
    """
    graph = Graph()
    value = _normalised(graph, graph.add("Concat", graph.pixels("first"), graph.pixels("second"), axis=0))
    distances, features = [], []
    for index, stage in enumerate(stages):
        if index in POOLED:
            value = graph.pool("MaxPool", value, stride=2)
        padding = (PADDINGS[index], PADDINGS[index])
        value = graph.convolution(value, stage.kernel, stage.bias, STRIDES[index], padding)
        unit = _unit(graph, value)
        distances.append(_stage_distance(graph, unit, stage.head))
        features.append(graph.add("ReduceMean", unit, axes=[2, 3], keepdims=0))
    graph.add("Sum", *distances, output="distance")
    graph.add("Concat", *features, axis=1, output="features")
    about = {"network": LPIPS, "licence": "BSD-2-Clause"}
    channels = sum(len(stage.bias) for stage in stages)
    graph.write(path, ["first", "second"], {"distance": ["N"], "features": ["2N", channels]}, about)


def _normalised(graph: Graph, value: str) -> str:
    """x / 127.5 - 1, less the shift, over the scale: one multiplication and one subtraction."""
    scale, shift = np.array(SCALE, np.float32), np.array(SHIFT, np.float32)
    value = graph.add("Mul", value, graph.constant((1 / (127.5 * scale)).reshape(3, 1, 1)))
    return graph.add("Sub", value, graph.constant(((1 + shift) / scale).reshape(3, 1, 1)))


def _unit(graph: Graph, value: str) -> str:
    """Features (2N, C, H, W) scaled to length one at every place."""
    length = graph.add("ReduceL2", value, axes=[1], keepdims=1)
    return graph.add("Div", value, graph.add("Add", length, graph.constant(EPSILON)))


def _stage_distance(graph: Graph, unit: str, head: Tensor) -> str:
    """Unit features (2N, C, H, W) to (N,).

    Their squared difference, weighted by the head, is summed over the channels and averaged over the places.
    """
    difference = graph.add("Sub", *graph.halves(unit))
    squared = graph.add("Mul", difference, difference)
    weighted = graph.add("Mul", squared, graph.constant(head.reshape(-1, 1, 1)))
    summed = graph.add("ReduceSum", weighted, graph.constant(np.array([1])), keepdims=0)
    return graph.add("ReduceMean", summed, axes=[1, 2], keepdims=0)
