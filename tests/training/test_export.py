"""Export: the ONNX file colours as Keras does, says what it is, and is written whole or not at all."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import pytest

from colorcli.errors import ModelError, UsageError
from colorcli.inference.model import FEATURES, LOGITS, Model
from colorcli.training import architectures, objectives
from colorcli.training.colorization import Colorization
from colorcli.training.config import TrainConfig
from colorcli.training.onnx_export.export import ExportOptions, export
from colorcli.training.run_folder.checkpoint import BEST_NAME, Position, save_checkpoint, save_weights

from .runs import make_run

SIZES = [(1, 1, 1), (2, 33, 47), (1, 64, 96)]  # (N, H, W)
OURS = ExportOptions(
    name="mine",
    version="2.1",
    licence="CC0-1.0",
    render_size=384,
    large_render_size=512,
    temperature=0.8,
    saturation=0.5,
    precision="fp32",
)


@dataclass(frozen=True)
class Pair:
    """A file, and the Keras model that it was made of."""

    file: Model
    keras: Colorization


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Exported with every option that can be seen in the file."""
    folder = tmp_path_factory.mktemp("export")
    keras_model = make_run(folder / "run")
    done = export(folder / "run", folder / "model.onnx", OURS)
    return Pair(Model.open(done.path, "cpu", threads=1), keras_model)


def lightness(count: int, height: int, width: int) -> np.ndarray:
    """L (N, H, W, 1) that is different everywhere."""
    return np.random.default_rng(2).uniform(0, 100, (count, height, width, 1)).astype(np.float32)


def pairs() -> list[object]:
    """Every architecture with every objective; those that only repeat parts of others are slow."""
    return [
        pytest.param(name, objective, marks=() if _is_telling(name, objective) else pytest.mark.slow)
        for name in architectures.names()
        for objective in objectives.names()
    ]


def _is_telling(architecture: str, objective: str) -> bool:
    return architecture == "baseline" or objective == architectures.get(architecture).RECIPE.objective


@pytest.mark.parametrize(("architecture", "objective"), pairs())
def test_onnx_colours_as_keras_does(architecture: str, objective: str, tmp_path: Path) -> None:
    keras_model = make_run(tmp_path / "run", architecture, objective)
    done = export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions(precision="fp32"))
    model = Model.open(done.path, "cpu", threads=1)
    for count, height, width in SIZES:
        question = lightness(count, height, width)
        ab = model.predict(question)
        assert ab.shape == (count, -(-height // model.spec.stride), -(-width // model.spec.stride), 2)
        assert np.abs(ab - np.asarray(keras_model.colour(question))).max() < 1e-4
    assert np.ptp(ab) > 0.01


def test_large_weights_are_stored_in_half_the_size(tmp_path: Path) -> None:
    keras_model = make_run(tmp_path / "run", "baseline", "regression", width=0.3)
    done = export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions())
    assert done.path.stat().st_size < 0.6 * 4 * keras_model.network.count_params()
    ab = Model.open(done.path, "cpu", threads=1).predict(lightness(1, 40, 40))
    assert 0 < np.abs(ab - np.asarray(keras_model.colour(lightness(1, 40, 40)))).max() < 0.5


def test_file_says_what_it_is(ours: Pair) -> None:
    spec = ours.file.spec
    assert (spec.name, spec.version, spec.licence) == ("mine", "2.1", "CC0-1.0")
    assert (spec.architecture, spec.objective) == ("inception-unet", "classification")
    assert (spec.render_size, spec.large_render_size, spec.stride) == (384, 512, 8)
    assert spec.temperature == 0.8
    assert "1234 photographs of houses, cifar10:dog" in spec.data
    assert "somebody" not in spec.data
    file = onnx.load(ours.file.path)
    assert {prop.key: prop.value for prop in file.metadata_props}["saturation"] == "0.5"
    assert [entry.version for entry in file.opset_import if not entry.domain] == [17]


@pytest.mark.parametrize(("weights", "version"), [("last", "1200 steps"), ("best", "900 steps")])
def test_unless_told_its_version_is_how_long_it_learnt(
    weights: Literal["last", "best"], version: str, tmp_path: Path
) -> None:
    """So that two files of one run are told apart."""
    model = make_run(tmp_path / "run", "baseline", "regression")
    save_weights(tmp_path / "run", model.network, BEST_NAME)
    model.compile("sgd")
    save_checkpoint(tmp_path / "run", model, Position(step=1200, best_step=900))
    done = export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions(weights=weights))
    assert done.spec.version == version


@pytest.mark.parametrize("temperature", [None, 0.1])
def test_temperature_has_a_default_and_saturation_is_inside(ours: Pair, temperature: float | None) -> None:
    question = lightness(1, 40, 40)
    ab = ours.file.predict(question, temperature)
    assert np.abs(ab - np.asarray(ours.keras.colour(question, temperature or 0.8)) / 2).max() < 1e-4


def test_network_without_a_temperature_is_given_none(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "baseline", "regression")
    with pytest.raises(UsageError, match="regression has no temperature"):
        export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions(temperature=0.5))


def test_existing_file_stays(tmp_path: Path) -> None:
    make_run(tmp_path / "run")
    target = tmp_path / "model.onnx"
    target.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        export(tmp_path / "run", target, ExportOptions())
    assert target.read_bytes() == b"mine"


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    make_run(tmp_path / "run")
    config = TrainConfig.load(tmp_path / "run")
    replace(config, network=replace(config.network, width=0.1)).save(tmp_path / "run")
    with pytest.raises(UsageError, match="another network"):
        export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions())


def test_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a training run"):
        export(tmp_path, tmp_path / "model.onnx", ExportOptions())


def test_file_that_answers_no_colours_is_not_left(tmp_path: Path) -> None:
    model = make_run(tmp_path / "run", "baseline", "regression")
    model.network.weights[0].assign(np.full(model.network.weights[0].shape, np.nan))
    save_weights(tmp_path / "run", model.network)
    with pytest.raises(ModelError):
        export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions())
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(("height", "width"), [(33, 47), (64, 96)])
def test_further_outputs_are_what_the_network_saw(ours: Pair, height: int, width: int) -> None:
    question = lightness(2, height, width)
    answers = ours.file.ask(question, [*FEATURES.values(), LOGITS])
    for stride, name in FEATURES.items():
        assert answers[name].shape[:3] == (2, -(-height // stride), -(-width // stride))
        assert np.ptp(answers[name]) > 0.01
    raw = np.asarray(ours.keras.network(question, training=False))
    assert np.abs(answers[LOGITS] - raw).max() < 1e-3


def test_distribution_over_the_palette_is_the_colour(ours: Pair) -> None:
    question = lightness(1, 40, 40)
    answers = ours.file.ask(question, ["ab", LOGITS], 0.6)
    shares = np.exp(answers[LOGITS] / 0.6)
    shares /= shares.sum(-1, keepdims=True)
    assert np.abs(shares @ np.array(ours.file.spec.palette, np.float32) - answers["ab"]).max() < 1e-2


def test_critic_answers_with_the_classes_it_kept(tmp_path: Path) -> None:
    make_run(tmp_path / "run", objective="critic")
    model = Model.open(export(tmp_path / "run", tmp_path / "model.onnx", OURS).path, "cpu", threads=1)
    assert model.ask(lightness(1, 40, 40), [LOGITS])[LOGITS].shape[-1] == len(model.spec.palette) == 25


def test_design_without_encoder_and_classes_has_no_further_outputs(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "baseline", "regression")
    done = export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions())
    model = Model.open(done.path, "cpu", threads=1)
    assert list(model.ask(lightness(1, 40, 40), ["ab", *FEATURES.values(), LOGITS])) == ["ab"]
    assert model.spec.palette == ()


def test_further_outputs_cost_nothing_in_the_file(ours: Pair) -> None:
    weights = [onnx.numpy_helper.to_array(one) for one in onnx.load(ours.file.path).graph.initializer]
    assert sum(one.size for one in weights) < 1.1 * ours.keras.network.count_params()


def started_run(folder: Path, start: str) -> Colorization:
    """A run that began with another, or with a file, and has learnt something else since."""
    model = make_run(folder, seed=5)
    config = TrainConfig.load(folder)
    replace(config, start=start).save(folder)
    return model


@pytest.mark.parametrize("start", ["before", "before.onnx"])
def test_what_the_run_began_with_is_kept_in_part(start: str, tmp_path: Path) -> None:
    """All of it colours as before, and half as neither."""
    before = make_run(tmp_path / "before")
    export(tmp_path / "before", tmp_path / "before.onnx", ExportOptions(precision="fp32"))
    after = started_run(tmp_path / "run", str(tmp_path / start))
    question = lightness(1, 64, 96)

    def answer(keep: float) -> np.ndarray:
        options = ExportOptions(precision="fp32", keep=keep)
        done = export(tmp_path / "run", tmp_path / f"{keep}.onnx", options)
        return Model.open(done.path, "cpu").predict(question)

    np.testing.assert_allclose(answer(1.0), np.asarray(before.colour(question)), atol=1e-2)
    half = answer(0.5)
    assert all(np.abs(half - np.asarray(one.colour(question))).max() > 0.1 for one in (before, after))


def test_a_run_that_began_with_nothing_keeps_nothing(tmp_path: Path) -> None:
    make_run(tmp_path / "run")
    with pytest.raises(UsageError, match="began with nothing"):
        export(tmp_path / "run", tmp_path / "model.onnx", ExportOptions(keep=0.5))
    assert not (tmp_path / "model.onnx").exists()
