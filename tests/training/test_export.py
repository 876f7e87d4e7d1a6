"""Export: the ONNX file colours as Keras does, says what it is, and is written whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from colorcli.errors import ModelError, UsageError
from colorcli.model import Model
from colorcli.training import architectures, objectives
from colorcli.training.checkpoint import save_weights
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.export import ExportOptions, export

PALETTE = tuple(
    (a, b, 0.04) for a in (-40.0, -20.0, 0.0, 20.0, 40.0) for b in (-40.0, -20.0, 0.0, 20.0, 40.0)
)
SIZES = [(1, 1, 1), (2, 33, 47), (1, 64, 96)]  # (N, H, W)


def make_run(
    folder: Path, architecture: str, objective: str, width: float = 0.05
) -> tuple[Path, Colorization]:
    """A run folder of a narrow network that has learnt nothing, but whose every weight counts."""
    network = NetworkConfig(architecture, objective, width=width, encoder="tiny", palette=PALETTE)
    run = folder / "run"
    run.mkdir()
    sources = ("/somebody/photographs/houses.tar", "cifar10:dog")
    TrainConfig(sources, network, photographs=1234).save(run)
    model = build(network)
    rng = np.random.default_rng(1)
    for weight in model.network.weights:
        weight.assign(np.asarray(weight) + rng.uniform(-0.1, 0.1, weight.shape))
    save_weights(run, model.network)
    return run, model


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path, "inception-unet", "classification")[0]


def pairs() -> list[object]:
    """Every architecture with every objective; those that only repeat parts of others are slow."""
    return [
        pytest.param(
            architecture,
            objective,
            marks=() if _is_telling(architecture, objective) else pytest.mark.slow,
        )
        for architecture in architectures.names()
        for objective in objectives.names()
    ]


def _is_telling(architecture: str, objective: str) -> bool:
    return architecture == "baseline" or objective == architectures.get(architecture).RECIPE.objective


@pytest.mark.parametrize(("architecture", "objective"), pairs())
def test_onnx_colours_as_keras_does(architecture: str, objective: str, tmp_path: Path) -> None:
    run, keras_model = make_run(tmp_path, architecture, objective)
    done = export(run, tmp_path / "model.onnx", ExportOptions(precision="fp32"))
    model = Model.open(done.path, "cpu", threads=1)
    rng = np.random.default_rng(2)
    for count, height, width in SIZES:
        lightness = rng.uniform(0, 100, (count, height, width, 1)).astype(np.float32)
        ab = model.predict(lightness)
        assert ab.shape == (count, -(-height // model.spec.stride), -(-width // model.spec.stride), 2)
        assert np.abs(ab - np.asarray(keras_model.colour(lightness))).max() < 1e-4
    assert np.ptp(ab) > 0.01


def test_half_the_size_at_the_same_arithmetic(tmp_path: Path) -> None:
    run, _ = make_run(tmp_path, "baseline", "regression", width=0.5)
    full = export(run, tmp_path / "full.onnx", ExportOptions(precision="fp32"))
    half = export(run, tmp_path / "half.onnx", ExportOptions())
    assert half.path.stat().st_size < 0.55 * full.path.stat().st_size
    lightness = np.random.default_rng(3).uniform(0, 100, (1, 40, 40, 1)).astype(np.float32)
    ab = [Model.open(path, "cpu", threads=1).predict(lightness) for path in (full.path, half.path)]
    assert 0 < np.abs(ab[0] - ab[1]).max() < 0.5


def test_file_says_what_it_is(run: Path, tmp_path: Path) -> None:
    options = ExportOptions(name="mine", version="2.1", licence="CC0-1.0", render_size=384, temperature=0.8)
    export(run, tmp_path / "model.onnx", options)
    spec = Model.open(tmp_path / "model.onnx", "cpu", threads=1).spec
    assert (spec.name, spec.version, spec.licence) == ("mine", "2.1", "CC0-1.0")
    assert (spec.architecture, spec.objective) == ("inception-unet", "classification")
    assert (spec.render_size, spec.stride, spec.temperature) == (384, 4, 0.8)
    assert "1234 photographs of houses, cifar10:dog" in spec.data
    assert "somebody" not in spec.data
    (opset,) = (
        entry.version for entry in onnx.load(tmp_path / "model.onnx").opset_import if not entry.domain
    )
    assert opset == 17


def test_temperature_and_saturation_are_in_the_file(run: Path, tmp_path: Path) -> None:
    lightness = np.random.default_rng(4).uniform(0, 100, (1, 40, 40, 1)).astype(np.float32)
    usual = export(run, tmp_path / "usual.onnx", ExportOptions(precision="fp32"))
    bold = export(
        run, tmp_path / "bold.onnx", ExportOptions(precision="fp32", temperature=0.1, saturation=0.5)
    )
    first, second = (Model.open(done.path, "cpu", threads=1) for done in (usual, bold))
    assert np.allclose(first.predict(lightness, temperature=0.1) / 2, second.predict(lightness), atol=1e-4)
    assert np.abs(first.predict(lightness) / 2 - second.predict(lightness)).max() > 0.1


def test_network_without_a_temperature_is_given_none(tmp_path: Path) -> None:
    run, _ = make_run(tmp_path, "baseline", "regression")
    with pytest.raises(UsageError, match="regression has no temperature"):
        export(run, tmp_path / "model.onnx", ExportOptions(temperature=0.5))


def test_existing_file_stays(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    target.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        export(run, target, ExportOptions())
    assert target.read_bytes() == b"mine"


def test_weights_of_another_network_are_refused(run: Path, tmp_path: Path) -> None:
    config = TrainConfig.load(run)
    replace(config, network=replace(config.network, width=0.1)).save(run)
    with pytest.raises(UsageError, match="another network"):
        export(run, tmp_path / "model.onnx", ExportOptions())


@pytest.mark.parametrize("harm", [np.nan, np.inf])
def test_a_file_that_disagrees_with_keras_is_not_left(harm: float, tmp_path: Path) -> None:
    run, model = make_run(tmp_path, "baseline", "regression")
    model.network.weights[0].assign(np.full(model.network.weights[0].shape, harm))
    save_weights(run, model.network)
    with pytest.raises(ModelError):
        export(run, tmp_path / "model.onnx", ExportOptions())
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
