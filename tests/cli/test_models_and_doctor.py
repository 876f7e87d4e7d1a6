"""`colorcli models` and `colorcli doctor`."""

import hashlib
import shutil
from pathlib import Path

import onnxruntime
import pytest
from onnxruntime.capi import build_and_package_info as build

from colorcli.cli.checkup import examine

from .helpers import Run, is_coloured


def stocked(folder: Path, tiny_model: Path) -> Path:
    """A folder of models with one named mine and its checksum."""
    folder.mkdir()
    shutil.copy(tiny_model, folder / "mine.onnx")
    digest = hashlib.sha256(tiny_model.read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  mine.onnx\n")
    return folder


def test_models_of_a_folder(here: Run, photo: Path, tiny_model: Path) -> None:
    folder = stocked(photo.parent / "models", tiny_model)
    settings = {"COLORCLI_MODELS": str(folder), "COLORCLI_MODEL": "mine"}
    for listing in (["models"], ["models", "list"]):
        assert b"mine" in here(*listing, settings=settings).stdout
    assert here("models", "path", "mine", settings=settings).stdout.decode() == f"{folder / 'mine.onnx'}\n"
    assert here("models", "verify", settings=settings).returncode == 0
    assert here("colorize", "old.jpg", settings=settings).returncode == 0
    assert is_coloured(photo.with_name("old.color.jpg"))


def test_a_model_that_is_not_what_it_was(here: Run, tmp_path: Path, tiny_model: Path) -> None:
    folder = stocked(tmp_path / "models", tiny_model)
    (folder / "mine.onnx").write_bytes(tiny_model.read_bytes() + b"\0")
    shutil.copy(tiny_model, folder / "other.onnx")
    for arguments in (["verify"], ["verify", "mine", "other"]):
        done = here("models", *arguments, settings={"COLORCLI_MODELS": str(folder)})
        assert done.returncode == 4
        assert b"mine.onnx" in done.stderr
        assert b"other.onnx: no checksum is known" in done.stdout  # one bad model does not hide the rest
    assert b"mine" in here("models", settings={"COLORCLI_MODELS": str(folder)}).stdout


def test_a_model_that_nobody_knows(here: Run) -> None:
    done = here("models", "path", "nobody")
    assert done.returncode == 4
    assert b"nobody" in done.stderr
    assert done.stdout == b""


def test_doctor_when_all_is_well(here: Run, tiny_model: Path) -> None:
    done = here("doctor")
    assert done.returncode == 0, done.stderr
    report = done.stdout.decode()
    for subject in ("colorcli", "onnxruntime", "opencv-python", "numpy", "CUDA", "CPUExecutionProvider"):
        assert subject in report
    assert str(tiny_model) in report
    assert hashlib.sha256(tiny_model.read_bytes()).hexdigest() in report
    assert "bad" not in report
    assert done.stderr == b""


def test_doctor_fails_as_colorize_would(here: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"bad")
    for arguments, code in ((["--model", "bad.onnx"], 4), (["--device", "cuda:7"], 5)):
        done = here("doctor", *arguments)
        assert done.returncode == code
        assert b"bad " in done.stdout
    assert b"pip install" in done.stdout


def test_doctor_with_a_runtime_that_is_built_without_cuda(
    monkeypatch: pytest.MonkeyPatch, tiny_model: Path
) -> None:
    """That of CPUs alone does not even have the number."""
    monkeypatch.delattr(build, "cuda_version", raising=False)
    monkeypatch.setattr(build, "package_name", "onnxruntime")
    findings = {finding.subject: finding for finding in examine(str(tiny_model), "cpu")}
    assert findings["CUDA"].text == "onnxruntime is built without it"
    assert findings["colorize"].verdict == "ok"


@pytest.mark.parametrize("device", ["openvino", "openvino:GPU", "coreml", "directml", "migraphx", "webgpu"])
def test_doctor_names_a_provider_that_is_not_there(here: Run, device: str) -> None:
    kind = device.partition(":")[0]
    done = here("doctor", "--device", device)
    report = done.stdout.decode()
    offered = next(line for line in report.splitlines() if "devices" in line)
    assert "cpu" in offered
    if kind not in offered:
        assert done.returncode == 5
        assert f"--device {kind} is not available: this onnxruntime is built without" in report
        assert "docs/devices.md" in report
        assert here("doctor").returncode == 0


@pytest.mark.skipif(
    "OpenVINOExecutionProvider" not in onnxruntime.get_available_providers(),
    reason="needs onnxruntime-openvino, in an environment of its own: docs/devices.md",
)
def test_doctor_with_openvino(here: Run) -> None:
    done = here("doctor", "--device", "openvino")
    assert done.returncode == 0, done.stdout
    assert b"OpenVINOExecutionProvider" in done.stdout
    assert b"openvino" in next(line for line in done.stdout.splitlines() if b"devices" in line)
