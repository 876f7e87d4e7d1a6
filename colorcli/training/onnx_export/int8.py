"""A model file whose convolutions compute in 8-bit integers: smaller, and faster on a processor.

Weights are rounded a channel at a time, to 7 bits: with 8 the sums overflow on processors without VNNI. What
flows between the layers is scaled by the range that it has on photographs. The last convolution, whose logits
decide on colours, stays as it is.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, quantize_static
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

from colorcli.color.lab import Floats
from colorcli.errors import PhotoError
from colorcli.files import whole_file
from colorcli.inference.model import Model
from colorcli.training.dependencies import muted


def quantize(
    model: Path, photographs: Iterable[Floats], target: Path, overwrite: bool = False, within: str = ""
) -> None:
    """Write the int8 file of a float one; `photographs` are L (H, W) at its working size.

    `within`: what the names of weights have to have, where not all convolutions shall compute so.
    """
    proto = onnx.load(model)
    metadata = {entry.key: entry.value for entry in proto.metadata_props}
    _widen(proto.graph)
    add_pre_process_metadata(proto)  # or the quantizer recommends what opening the file does anyway
    convolutions = [node for node in proto.graph.node if node.op_type == "Conv"]
    reader = _Photographs(photographs)
    with whole_file(target, overwrite) as part:
        with muted():
            quantize_static(
                proto,
                part,
                reader,
                nodes_to_quantize=[node.name for node in convolutions[:-1] if within in node.input[1]],
                per_channel=True,
                reduce_range=True,
            )
        _describe(part, metadata | {"name": target.stem})
        Model.open(part, "cpu")


class _Photographs(CalibrationDataReader):
    """Gives the network one photograph after the other."""

    def __init__(self, photographs: Iterable[Floats]) -> None:
        self.remaining = iter(photographs)
        self.count = 0

    def get_next(self) -> dict[str, Floats] | None:
        lightness = next(self.remaining, None)
        if lightness is None:
            if not self.count:
                raise PhotoError("none of the photographs could be read")
            return None
        self.count += 1
        return {"lightness": lightness[None, ..., None]}


def _widen(graph: Any) -> None:
    """Weights that `halve` stored as float16, and the nodes that cast them, as the float32 they stand for."""
    halves = {
        weight.name: weight for weight in graph.initializer if weight.data_type == onnx.TensorProto.FLOAT16
    }
    casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in halves]
    for cast in casts:
        half = halves[cast.input[0]]
        values = numpy_helper.to_array(half).astype(np.float32)
        half.CopyFrom(numpy_helper.from_array(values, cast.output[0]))
        graph.node.remove(cast)


def _describe(path: Path, metadata: dict[str, str]) -> None:
    """Only this is what the file says of itself."""
    proto = onnx.load(path)
    del proto.metadata_props[:]
    onnx.helper.set_model_props(proto, metadata)
    onnx.save(proto, path)
