"""Colorizers of other projects, each with the ports its file says nothing about."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from colorcli.color import lab
from colorcli.errors import ModelError
from colorcli.evaluate.foreign import ForeignModel, Ports
from colorcli.evaluate.painters import Grey
from colorcli.evaluate.photographs import grey_of

from .helpers import colour_pixels


def write_model(path: Path, weights: np.ndarray, bias: np.ndarray, nhwc: bool = False) -> Path:
    """A 1 x 1 convolution: weights (out, in), bias (out,)."""
    shape = ["n", "h", "w", weights.shape[1]] if nhwc else ["n", weights.shape[1], "h", "w"]
    nodes = [helper.make_node("Conv", ["planes", "weights", "bias"], ["colour"])]
    if nhwc:
        nodes.insert(0, helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2]))
        nodes.append(helper.make_node("Transpose", ["colour"], ["answer"], perm=[0, 2, 3, 1]))
    else:
        nodes[0].input[0], nodes[0].output[0] = "image", "answer"
    constants = [
        numpy_helper.from_array(weights.astype(np.float32)[..., None, None], "weights"),
        numpy_helper.from_array(bias.astype(np.float32), "bias"),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None] * 4)
    graph = helper.make_graph(nodes, "foreign", [image], [answer], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_ab_of_l_in_its_own_units(tmp_path: Path) -> None:
    """L in -1..1, colour in 1/110 of CIE units."""
    path = write_model(tmp_path / "zhang.onnx", np.array([[0.1], [0.0]]), np.array([0.0, 0.2]))
    model = ForeignModel.open(path, Ports("nchw", "l", -1, 1, 64, "ab", 110), "cpu")
    grey = np.full((40, 50), 119, np.uint8)  # L is close to 50, so the input is close to 0
    lightness, ab = lab.split(model.paint(grey))
    share = lab.lightness(grey)[0, 0] / 50 - 1
    np.testing.assert_allclose(ab.reshape(-1, 2).mean(axis=0), (0.1 * share * 110, 22), atol=0.4)
    np.testing.assert_allclose(lightness, lab.lightness(grey), atol=0.3)


def test_rgb_of_rgb_with_channels_last(tmp_path: Path) -> None:
    """Grey levels in 0..1; the answer is the grey tinted, in 0..255."""
    tint = np.array([1.0, 0.8, 0.6])
    path = write_model(tmp_path / "rgb.onnx", np.diag(255 * tint), np.zeros(3), nhwc=True)
    model = ForeignModel.open(path, Ports("nhwc", "rgb", 0, 1, 32, "rgb", 255), "cpu")
    grey = np.full((32, 32), 200, np.uint8)
    expected = lab.split(np.round(200 * tint).astype(np.uint8)[None, None])[1][0, 0]
    _, ab = lab.split(model.paint(grey))
    np.testing.assert_allclose(ab.reshape(-1, 2).mean(axis=0), expected, atol=0.6)


def test_lab_of_lab_uses_the_colour_and_keeps_the_lightness(tmp_path: Path) -> None:
    """The answer's own lightness is nonsense, and must not show."""
    weights = np.array([[-1.0, 0, 0], [0.2, 1, 0], [0.0, 0, 1]])
    path = write_model(tmp_path / "lab.onnx", weights, np.array([0.0, 0, -12]))
    model = ForeignModel.open(path, Ports("nchw", "lab", 0, 100, 48, "lab", 1), "cpu")
    grey = grey_of(colour_pixels())
    painted = model.paint(grey)
    np.testing.assert_allclose(lab.lightness(painted), lab.lightness(grey), atol=0.5)
    assert lab.split(painted)[1][..., 1].mean() < -5
    assert not np.array_equal(painted, Grey().paint(grey))


@pytest.mark.parametrize(
    "ports", [Ports("nchw", "rgb"), Ports("nchw", "l", output="rgb"), Ports("nhwc", "l")], ids=str
)
def test_ports_that_do_not_fit_are_an_error_that_names_the_options(tmp_path: Path, ports: Ports) -> None:
    path = write_model(tmp_path / "zhang.onnx", np.ones((2, 1)), np.zeros(2))
    with pytest.raises(ModelError, match="zhang") as caught:
        ForeignModel.open(path, ports, "cpu").paint(np.zeros((20, 20), np.uint8))
    assert "--input-" in caught.value.hint


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(ModelError, match=r"text\.onnx: not a readable ONNX model"):
        ForeignModel.open(tmp_path / "text.onnx", Ports(), "cpu")
    with pytest.raises(ModelError, match="No such file"):
        ForeignModel.open(tmp_path / "absent.onnx", Ports(), "cpu")
