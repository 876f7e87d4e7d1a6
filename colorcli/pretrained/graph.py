"""A small writer of ONNX graphs, for networks that are a chain of convolutions."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorcli.errors import UnavailableError

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise UnavailableError("writing ONNX files needs onnx", "pip install colorcli[train]") from error

OPSET = 17
IR_VERSION = 8  # what ONNX Runtime reads since 1.11

Array = NDArray[Any]


class Graph:
    """Adds one node after the other; a value is known by its name. Feature maps are (N, channels, H, W)."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Array | float) -> str:
        """An array as it is, a number as float32."""
        array = np.ascontiguousarray(value) if isinstance(value, np.ndarray) else np.array(value, np.float32)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """One node; ONNX itself checks the attributes when the file is written."""
        output = output or f"value_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def halves(self, value: str) -> tuple[str, str]:
        """The first and the second half of a batch of even size."""
        names = f"{value}_first", f"{value}_second"
        self.nodes.append(helper.make_node("Split", [value], names, axis=0))
        return names

    def pixels(self, images: str) -> str:
        """uint8 (N, H, W, 3) to float32 (N, 3, H, W), 0..255."""
        return self.add("Transpose", self.add("Cast", images, to=TensorProto.FLOAT), perm=[0, 3, 1, 2])

    def convolution(
        self, value: str, kernel: Array, bias: Array, stride: int = 1, padding: tuple[int, int] = (0, 0)
    ) -> str:
        """Convolution and ReLU; the kernel is (height, width, in, out), the padding in rows, columns."""
        weights = self.constant(kernel.transpose(3, 2, 0, 1))
        pads = [*padding, *padding]
        value = self.add("Conv", value, weights, self.constant(bias), strides=[stride] * 2, pads=pads)
        return self.add("Relu", value)

    def pool(self, kind: str, value: str, stride: int, padding: int = 0) -> str:
        """Pooling over 3 x 3; the average counts only what lies inside the map."""
        return self.add(kind, value, kernel_shape=[3, 3], strides=[stride] * 2, pads=[padding] * 4)

    def write(
        self, path: Path, inputs: list[str], outputs: dict[str, list[Any]], about: dict[str, str]
    ) -> None:
        """Write the graph from uint8 RGB `inputs` (N, H, W, 3) to float32 `outputs`, each with its shape."""
        images = [
            helper.make_tensor_value_info(name, TensorProto.UINT8, ["N", "H", "W", 3]) for name in inputs
        ]
        results = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()
        ]
        graph = helper.make_graph(self.nodes, "colorcli", images, results, self.constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="colorcli")
        helper.set_model_props(model, about)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)
