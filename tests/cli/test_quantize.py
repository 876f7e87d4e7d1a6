"""`colorcli quantize` as a user runs it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from training.helpers import write_photographs

from colorcli import Colorizer
from colorcli.color import lab
from colorcli.images import decode
from colorcli.inference.model import FEATURES, LOGITS, Model, find_model
from colorcli.training.onnx_export.int8 import quantize

from .helpers import Run, temporary_files

PHOTOGRAPHS = Path(__file__).parents[1] / "photographs"
NEAR = 3.0  # mean distance in ab: what 7 and 8 bits may change of the shipped model's colours


def test_the_shipped_model_becomes_half_as_large_and_colours_as_before(here: Run, tmp_path: Path) -> None:
    done = here("quantize", "colorcli", PHOTOGRAPHS, "-o", "mine.onnx")
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr.decode()
    target, source = tmp_path / "mine.onnx", find_model()
    assert target.stat().st_size < 0.6 * source.stat().st_size
    model = Model.open(target, "cpu")
    assert model.spec.name == "mine"
    assert model.spec.palette == Model.open(source, "cpu").spec.palette
    pixels = decode(PHOTOGRAPHS / "cat.jpg").pages[0].pixels
    ours, theirs = (lab.split(Colorizer(path).colorize(pixels))[1] for path in (target, source))
    assert np.hypot(*np.moveaxis(ours - theirs, -1, 0)).mean() < NEAR
    assert np.abs(ours - theirs).max() > 0
    seen = model.ask(np.full((1, 64, 64, 1), 50, np.float32), [*FEATURES.values(), LOGITS])
    assert {*FEATURES.values(), LOGITS} <= seen.keys()


def test_a_part_of_it_alone_can_compute_so(tmp_path: Path) -> None:
    """Which `benchmarks/devices.py` asks for."""
    grey = [np.full((64, 64), 50, np.float32)]
    quantize(find_model(), grey, tmp_path / "all.onnx")
    quantize(find_model(), grey, tmp_path / "encoder.onnx", within="/encoder")
    all_of_it, encoder = (_integer_weights(tmp_path / name) for name in ("all.onnx", "encoder.onnx"))
    assert encoder < all_of_it
    assert all("/encoder" in name for name in encoder)


def _integer_weights(path: Path) -> set[str]:
    weights = onnx.load(path).graph.initializer
    return {one.name for one in weights if one.data_type == onnx.TensorProto.INT8 and len(one.dims) == 4}


def test_it_can_be_done_again_only_where_that_is_wanted(here: Run, tmp_path: Path, tiny_model: Path) -> None:
    folder = write_photographs(tmp_path / "photographs", 2)
    assert here("quantize", tiny_model, folder, "-o", "tiny8.onnx").returncode == 0
    again = here("quantize", tiny_model, folder, "-o", "tiny8.onnx")
    assert again.returncode == 2 and b"--overwrite" in again.stderr
    assert here("quantize", tiny_model, folder, "-o", "tiny8.onnx", "--overwrite").returncode == 0


@pytest.mark.parametrize(
    ("model", "photographs", "code", "words"),
    [
        ("torn.onnx", "good", 4, "torn.onnx: not a readable ONNX model"),
        ("absent", "good", 4, "no model is called 'absent'"),
        ("colorcli", "bad", 3, "none of the photographs could be read"),
        ("colorcli", "nowhere", 2, "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_left(
    here: Run, tmp_path: Path, model: str, photographs: str, code: int, words: str
) -> None:
    (tmp_path / "torn.onnx").write_bytes(b"torn")
    write_photographs(tmp_path / "good", 2)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"\xff\xd8\xff torn")
    done = here("quantize", model, photographs, "-o", "x8.onnx")
    assert done.returncode == code, done.stderr
    assert words in done.stderr.decode()
    assert not (tmp_path / "x8.onnx").exists() and not temporary_files(tmp_path)
