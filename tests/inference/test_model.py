"""Models: found, verified, opened and refused as the user is told."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from tiny import TINY, build_tiny_model

from colorcli.errors import ModelError, UnavailableError, UsageError
from colorcli.inference.model import (
    CHECKSUMS,
    FOLDER_VARIABLE,
    Model,
    find_model,
    list_models,
    verify,
)
from colorcli.inference.spec import ModelSpec


def list_checksum(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / CHECKSUMS).write_text(f"{'0' * 64}  other.onnx\n{digest}  {path.name}\n")


@pytest.fixture
def own_model(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage, with its checksum beside it."""
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_model.read_bytes())
    list_checksum(path)
    return path


def test_a_model_says_what_it_is(tiny_model: Path) -> None:
    model = Model.open(tiny_model, "cpu")
    assert model.spec == TINY
    assert model.provider == "CPUExecutionProvider"
    assert model.sha256 == hashlib.sha256(tiny_model.read_bytes()).hexdigest()
    assert model.notice == ""


@pytest.mark.parametrize("temperature", [0.38, None])
@pytest.mark.parametrize("palette", [(), ((-12.5, 0.0), (30.0, 41.125))])
def test_metadata_survives_the_file(
    temperature: float | None, palette: tuple[tuple[float, float], ...]
) -> None:
    spec = replace(TINY, temperature=temperature, palette=palette)
    assert ModelSpec.from_metadata(spec.to_metadata()) == spec


def test_any_size_gives_a_quarter_of_it_rounded_up(tiny_model: Path) -> None:
    model = Model.open(tiny_model, "cpu")
    for height, width in ((1, 1), (5, 32), (64, 64)):
        ab = model.predict(np.full((2, height, width, 1), 50, np.float32))
        assert ab.shape == (2, -(-height // 4), -(-width // 4), 2)


def test_temperature_is_handed_on(tiny_model: Path) -> None:
    model = Model.open(tiny_model, "cpu")
    grey = np.full((1, 8, 8, 1), 80, np.float32)
    assert np.allclose(model.predict(grey), model.predict(grey, TINY.temperature))
    assert np.allclose(model.predict(grey) * 2, model.predict(grey, 0.2))


def test_temperature_needs_a_model_that_has_one(tmp_path: Path) -> None:
    path = tmp_path / "plain.onnx"
    onnx.save(build_tiny_model(replace(TINY, temperature=None)), path)
    with pytest.raises(UsageError, match="no temperature"):
        Model.open(path, "cpu").predict(np.zeros((1, 8, 8, 1), np.float32), 0.5)


@pytest.mark.parametrize("eighth", range(8))
def test_a_truncated_model_is_refused_by_name(own_model: Path, eighth: int) -> None:
    content = own_model.read_bytes()
    own_model.write_bytes(content[: len(content) * eighth // 8])
    (own_model.parent / CHECKSUMS).unlink()
    with pytest.raises(ModelError, match=r"tiny\.onnx: (not a (readable ONNX|colorcli) model)") as raised:
        Model.open(own_model, "cpu")
    assert raised.value.hint and raised.value.exit_code == 4


@pytest.mark.parametrize("content", [b"", b"\x00" * 4096, b"an ordinary letter\n" * 99, os.urandom(5000)])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"letter\.onnx: not a "):
        Model.open(path, "cpu")


def test_a_changed_byte_is_refused(own_model: Path) -> None:
    assert verify(own_model)
    content = bytearray(own_model.read_bytes())
    content[content.index(b"no photographs")] ^= 1  # still a valid model
    own_model.write_bytes(content)
    for attempt in (verify, Model.open):
        with pytest.raises(ModelError, match="not the one SHA256SUMS lists"):
            attempt(own_model)


def test_a_model_nobody_lists_is_not_verified_but_opens(tiny_model: Path) -> None:
    assert not verify(tiny_model)
    assert Model.open(tiny_model, "cpu").spec.name == "tiny"


def test_metadata_of_ours_on_other_ports_is_refused(tmp_path: Path) -> None:
    port = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, None, None])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 3, None, None])
    graph = helper.make_graph([helper.make_node("Relu", ["image"], ["out"])], "other", [port], [out])
    other = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    path = tmp_path / "other.onnx"
    helper.set_model_props(other, TINY.to_metadata())
    onnx.save(other, path)
    with pytest.raises(ModelError, match=r"not a colorcli model: inputs \{'image'"):
        Model.open(path, "cpu")


def test_a_model_without_further_outputs_answers_ab_alone(tiny_model: Path) -> None:
    answers = Model.open(tiny_model, "cpu").ask(
        np.zeros((1, 8, 8, 1), np.float32), ["ab", "features8", "logits"]
    )
    assert list(answers) == ["ab"]


@pytest.mark.parametrize(
    "damage",
    [
        {"stride": "four"},
        {"stride": "1e30"},
        {"render_size": "0"},
        {"render_size": "100000"},
        {"render_size": "1e30"},
        {"temperature": "nan"},
        {"temperature": "inf"},
        {"palette": "red"},
        {"palette": "[1, 2]"},
        {"palette": "[[1]]"},
    ],
)
def test_bad_metadata_is_refused(tmp_path: Path, damage: dict[str, str]) -> None:
    model = build_tiny_model()
    helper.set_model_props(model, TINY.to_metadata() | damage)
    path = tmp_path / "bad.onnx"
    onnx.save(model, path)
    with pytest.raises(ModelError, match="bad metadata"):
        Model.open(path, "cpu")


def test_colours_that_are_no_numbers_are_an_error(tmp_path: Path) -> None:
    model = build_tiny_model()
    weight = next(item for item in model.graph.initializer if item.name == "bias")
    weight.CopyFrom(onnx.numpy_helper.from_array(np.array([np.nan, 0], np.float32), "bias"))
    path = tmp_path / "nan.onnx"
    onnx.save(model, path)
    with pytest.raises(ModelError, match="no numbers"):
        Model.open(path, "cpu").predict(np.zeros((1, 8, 8, 1), np.float32))


def test_an_answer_without_rows_is_an_error(tmp_path: Path) -> None:
    model = build_tiny_model()
    model.graph.node[-1].output[0] = "all"
    for name, value in (("first", 0), ("last", 0), ("axis", 1)):
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([value]), name))
    model.graph.node.append(helper.make_node("Slice", ["all", "first", "last", "axis"], ["ab"]))
    path = tmp_path / "nothing.onnx"
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"nothing\.onnx: the model answered with no colour at all"):
        Model.open(path, "cpu").predict(np.zeros((1, 8, 8, 1), np.float32))


def test_names_are_looked_up_in_the_users_folder(own_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(own_model.parent))
    assert find_model("tiny") == own_model
    assert own_model in list_models()
    with pytest.raises(ModelError, match=r"no model is called 'teeny'; known: .*tiny"):
        find_model("teeny")


def test_an_explicit_file_goes_first(own_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own_model.parent)
    assert find_model("tiny.onnx").resolve() == own_model
    with pytest.raises(ModelError, match=r"missing\.onnx: no such model file"):
        find_model(own_model.parent / "missing.onnx")
    with pytest.raises(ModelError, match="cannot read the model"):
        Model.open(own_model.parent)


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "cpu:0", "", "openvino:TPU", "coreml:1"])
def test_unknown_devices_are_refused(tiny_model: Path, device: str) -> None:
    with pytest.raises(UsageError, match="unknown device"):
        Model.open(tiny_model, device)


def test_cuda_that_is_not_there_is_an_error_and_nothing_else_is_printed(tiny_model: Path) -> None:
    """In a process of its own: ONNX Runtime writes to the stderr of the process, not of Python."""
    if Path("/dev/nvidia0").exists():
        assert Model.open(tiny_model, "cuda").provider == "CUDAExecutionProvider"
        return
    script = (
        "import sys, pathlib; from colorcli.inference.model import Model; "
        "Model.open(pathlib.Path(sys.argv[1]), 'cuda')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tiny_model], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.stderr.startswith("Traceback")
    assert (
        done.stderr.count("\n") == 1 + done.stderr.count("\n  ") + 1
    )  # the traceback and the error: no noise
    assert "UnavailableError: --device cuda is not available" in done.stderr
    with pytest.raises(UnavailableError) as raised:
        Model.open(tiny_model, "cuda:3")
    built = "CUDAExecutionProvider" in onnxruntime.get_available_providers()  # else its libraries do not help
    assert ("pip install colorcli[cuda]" if built else "docs/devices.md") in raised.value.hint


OUT_OF_MEMORY = """
import pathlib, resource, sys
import numpy as np
from colorcli.errors import PhotoError
from colorcli.inference.model import Model

model = Model.open(pathlib.Path(sys.argv[1]), "cpu", threads=1)
huge = np.zeros((1, 6000, 6000, 1), np.float32)
used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 20_000_000, resource.RLIM_INFINITY))
try:
    model.predict(huge)
except PhotoError as error:
    print(error, "|", error.hint)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits memory as Linux does")
def test_memory_that_runs_out_is_an_error(tiny_model: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY, tiny_model], capture_output=True, text=True, check=False
    )
    assert "not enough memory to run the model at 6000x6000 | use a smaller --render-size" in done.stdout
    assert done.stderr == ""


def test_a_line_of_one_word_among_the_checksums(own_model: Path) -> None:
    sums = own_model.parent / CHECKSUMS
    sums.write_text(f"word\n\n{sums.read_text()}")
    assert Model.open(own_model, "cpu").sha256 in sums.read_text()
