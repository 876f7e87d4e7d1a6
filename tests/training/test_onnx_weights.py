"""Weights come back out of the files that `export` makes."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from colorcli.color import lab
from colorcli.errors import ModelError
from colorcli.inference.model import DEFAULT_NAME, find_model
from colorcli.training import architectures
from colorcli.training.colorization import build
from colorcli.training.config import TrainConfig
from colorcli.training.network.encoders import STRIDES, build_encoder, encode, load_encoder_weights
from colorcli.training.network.onnx_weights import load_exported, load_exported_encoder, read_design
from colorcli.training.onnx_export.export import ExportOptions, export

from .runs import make_run
from .tiny_networks import tiny_model

PHOTOGRAPHS = Path(__file__).parent.parent / "photographs"
LIGHTNESS = np.random.default_rng(2).uniform(0, 100, (2, 64, 96, 1)).astype(np.float32)


NORMALISES_LATE = "unet"  # behind its activations: nothing to fold it into


@pytest.mark.parametrize("architecture", sorted({*architectures.names()} - {NORMALISES_LATE}))
def test_a_network_read_back_answers_as_it_did(architecture: str, tmp_path: Path) -> None:
    objective = architectures.get(architecture).RECIPE.objective
    before = make_run(tmp_path / "run", architecture, objective)
    done = export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions(precision="fp32"))
    after = build(read_design(done.path))
    load_exported(done.path, after.network, after.encoder)
    difference = np.abs(np.asarray(after.colour(LIGHTNESS)) - np.asarray(before.colour(LIGHTNESS)))
    assert difference.max() < 1e-3


def test_a_design_that_cannot_be_read_back_is_said(tmp_path: Path) -> None:
    model = make_run(tmp_path / "run", NORMALISES_LATE, "classification")
    done = export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions())
    with pytest.raises(ModelError, match="of a design that cannot be read back"):
        load_exported(done.path, model.network, model.encoder)


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of inception-unet with its weights in half the size."""
    folder = tmp_path_factory.mktemp("exported")
    make_run(folder / "run")
    return export(folder / "run", folder / "model.onnx", ExportOptions()).path


def test_statistics_measured_after_it_leave_the_answer_as_it_was(half: Path) -> None:
    model = build(read_design(half))
    load_exported(half, model.network, model.encoder)
    before = np.asarray(model.colour(LIGHTNESS))
    model.measure_statistics(LIGHTNESS, decoder=True)
    assert np.abs(np.asarray(model.colour(LIGHTNESS)) - before).max() < 1e-3


def test_the_encoder_comes_alone_too(half: Path) -> None:
    model = build(read_design(half))
    load_exported(half, model.network, model.encoder)
    alone = build_encoder("tiny")
    load_exported_encoder(half, alone)
    for one, other in zip(encode(alone, LIGHTNESS), encode(model.encoder, LIGHTNESS), strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_another_design_is_said(half: Path) -> None:
    other = tiny_model("baseline", "regression")
    with pytest.raises(ModelError, match=r"holds \d+ layers, where the network has \d+"):
        load_exported(half, other.network, other.encoder)


def test_a_file_that_does_not_say_how_it_is_built_is_said(half: Path, tmp_path: Path) -> None:
    graph = onnx.load(half)
    del graph.metadata_props[:]
    onnx.save(graph, tmp_path / "silent.onnx")
    with pytest.raises(ModelError, match="does not say how its network is built"):
        read_design(tmp_path / "silent.onnx")


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a readable ONNX model"):
        read_design(tmp_path / "model.onnx")


@pytest.mark.slow
def test_an_encoder_takes_all_its_weights_from_the_shipped_model() -> None:
    """Its features are the model's, and the model's own decoder makes of them what the model answers."""
    shipped, default = find_model(DEFAULT_NAME), TrainConfig(sources=())
    photograph = cv2.imread(str(PHOTOGRAPHS / "astronaut.jpg"), cv2.IMREAD_GRAYSCALE)[:192, :224]
    light = lab.lightness(photograph)[None, ..., None]
    model = build(read_design(shipped))
    load_exported(shipped, model.network, None)
    load_encoder_weights(model.encoder, default.network.encoder, default.encoder_weights)
    features = dict(zip(STRIDES, encode(model.encoder, light), strict=True))
    names = ["features8", "features16", "logits"]
    expected = onnxruntime.InferenceSession(shipped).run(names, {"lightness": light})
    for ours, theirs in zip((features[8], features[16], model.network(light)), expected, strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs, atol=1e-4 * np.abs(theirs).max())
