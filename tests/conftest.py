"""What several test files share."""

from pathlib import Path

import onnx
import pytest
from tiny import build_matching_model, build_seeing_model, build_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid model of a few hundred bytes: stride 4, temperature 0.4, render size 64."""
    path = tmp_path_factory.mktemp("models") / "tiny.onnx"
    onnx.save(build_tiny_model(), path)
    return path


@pytest.fixture(scope="session")
def seeing_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with all further outputs."""
    path = tmp_path_factory.mktemp("models") / "seeing.onnx"
    onnx.save(build_seeing_model(), path)
    return path


@pytest.fixture(scope="session")
def matching_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with features by which a place is found again in another photograph."""
    path = tmp_path_factory.mktemp("models") / "matching.onnx"
    onnx.save(build_matching_model(), path)
    return path
