"""Networks with the ports of other projects' and random weights, made on the spot."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write_stranger(path: Path, takes: list[int | str], gives: int, scale: float, coarseness: int = 1) -> Path:
    """Two convolutions with a rectifier between them; `takes` is the input's shape (N, C, H, W).

    It sees every `coarseness`-th pixel and enlarges its answer to the size of the input.
    """
    random = np.random.default_rng(7)
    first = random.normal(0, 1 / 3, (8, takes[1], 3, 3)) / takes[1]
    second = random.normal(0, scale, (gives, 8, 1, 1))
    same = {"pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["input", "first"], ["edges"], strides=[coarseness] * 2, **same),
        helper.make_node("Relu", ["edges"], ["seen"]),
        helper.make_node("Conv", ["seen", "second"], ["answer"]),
        helper.make_node("Resize", ["answer", "", "scales"], ["output"], mode="linear"),
    ]
    graph = helper.make_graph(
        nodes,
        "stranger",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, takes)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [takes[0], gives, *takes[2:]])],
        [
            numpy_helper.from_array(first.astype(np.float32), "first"),
            numpy_helper.from_array(second.astype(np.float32), "second"),
            numpy_helper.from_array(np.float32([1, 1, coarseness, coarseness]), "scales"),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def ddcolor(folder: Path, size: int = 512) -> Path:
    """Grey as RGB in 0..1, of one size; ab."""
    return write_stranger(folder / "ddcolor.onnx", [1, 3, size, size], 2, 60)


def siggraph17(folder: Path) -> Path:
    """L in 0..100 at 256 pixels; ab."""
    return write_stranger(folder / "siggraph17.onnx", [1, 1, 256, 256], 2, 0.2)


def eccv16(folder: Path) -> Path:
    """As `siggraph17`, but it decides at a quarter of the size."""
    return write_stranger(folder / "eccv16.onnx", [1, 1, 256, 256], 2, 0.2, coarseness=4)


def deoldify(folder: Path) -> Path:
    """Grey as RGB as ImageNet's is normalised, of any size; RGB likewise."""
    return write_stranger(folder / "deoldify.onnx", ["n", 3, "h", "w"], 3, 1.0)
