"""`colorcli models add` and the other commands with a model of another project."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from strangers import ddcolor, deoldify, siggraph17, write_stranger

from colorcli.inference.model import find_model

from .helpers import Run, is_coloured, write_photo

NC = "CC BY-NC-SA 4.0"


@pytest.fixture
def own(here: Run, tmp_path: Path) -> dict[str, str]:
    """Settings with a folder of own models: ddcolor and siggraph17."""
    settings = {"COLORCLI_MODELS": str(tmp_path / "own models")}
    (tmp_path / "downloads").mkdir()
    for build, more in ((ddcolor, ["--licence", NC, "--source", "https://example.org/d"]), (siggraph17, [])):
        done = here("models", "add", build(tmp_path / "downloads"), *more, settings=settings)
        assert done.returncode == 0, done.stderr
        assert b"mean chroma" in done.stdout
    shutil.rmtree(tmp_path / "downloads")
    return settings


def test_added_models_are_listed_shown_verified_and_removed(here: Run, own: dict[str, str]) -> None:
    folder = Path(own["COLORCLI_MODELS"])
    assert {path.name for path in folder.iterdir()} == {
        "ddcolor.onnx",
        "ddcolor.toml",
        "siggraph17.onnx",
        "siggraph17.toml",
    }
    listed = here("models", settings=own).stdout.decode()
    assert f"ddcolor\t{NC}\tddcolor\t{folder / 'ddcolor.onnx'}" in listed
    shown = here("models", "show", "ddcolor", settings=own).stdout.decode()
    for told in (NC, "https://example.org/d", "512 pixels, no other"):
        assert told in shown
    assert here("models", "verify", "ddcolor", settings=own).stdout.endswith(b": ok\n")
    with (folder / "siggraph17.onnx").open("ab") as file:
        file.write(b"\0")
    assert here("models", "verify", settings=own).returncode == 4
    assert here("models", "remove", "ddcolor", settings=own).returncode == 0
    assert [path.name for path in sorted(folder.glob("ddcolor*"))] == []
    assert here("models", "remove", "ddcolor", settings=own).returncode == 4
    assert here("models", "remove", "colorcli", settings=own).returncode == 4


@pytest.mark.parametrize("model", ["ddcolor", "siggraph17"])
def test_an_added_model_colours_photographs_and_folders(
    here: Run, own: dict[str, str], photo: Path, model: str
) -> None:
    done = here("colorize", "old.jpg", "--hint", "40%,40%=red", "--model", model, "--json", settings=own)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["model"], record["model_licence"]) == (model, NC if model == "ddcolor" else "")
    result = photo.with_name("old.color.jpg")
    assert is_coloured(result)
    said = f"model {model} ({NC})" if model == "ddcolor" else f"model {model}"
    assert said.encode() in result.read_bytes()
    (photo.parent / "tree" / "sub").mkdir(parents=True)
    write_photo(photo.parent / "tree" / "sub" / "b.png", 60, 40)
    for status in ("ok", "skipped"):
        done = here("colorize", "-r", "tree", "-o", "out", "--model", model, "--json", settings=own)
        assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == [status]
    assert is_coloured(photo.parent / "out" / "sub" / "b.png")


def test_an_archive_notices_that_its_model_is_asked_in_another_way(
    here: Run, own: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "tree").mkdir()
    write_photo(tmp_path / "tree" / "a.png")
    archive = ("colorize", "-r", "tree", "-o", "out", "--model", "siggraph17", "--json")
    assert here(*archive, settings=own).returncode == 0
    described = Path(own["COLORCLI_MODELS"]) / "siggraph17.toml"
    described.write_text(described.read_text().replace("scale = 1.0", "scale = 0.5"))
    assert json.loads(here(*archive, settings=own).stdout)["status"] == "ok"


def test_an_added_model_colours_streams_and_films(run: Run, own: dict[str, str], tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (3, 24, 32), np.uint8)
    y4m = b"YUV4MPEG2 W32 H24 F25:1 Cmono\n" + b"".join(b"FRAME\n" + frame.tobytes() for frame in frames)
    done = run("stream", "--model", "siggraph17", stdin=y4m, settings=own)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"FRAME") == 3
    (tmp_path / "old.y4m").write_bytes(y4m)
    done = run("film", "old.y4m", "new.mkv", "--model", "siggraph17", settings=own)
    assert done.returncode == 0, done.stderr
    film = cv2.VideoCapture(str(tmp_path / "new.mkv"))
    assert film.read()[0]


def test_added_models_are_measured_side_by_side(here: Run, own: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "colour").mkdir()
    photograph = Path(__file__).parents[1] / "photographs" / "cat.jpg"
    shutil.copy(photograph, tmp_path / "colour" / "cat.jpg")
    done = here("evaluate", "ddcolor", "siggraph17", "colour", "--json", settings=own)
    assert done.returncode == 0, done.stderr
    assert [model["name"] for model in json.loads(done.stdout)["models"]] == ["grey", "ddcolor", "siggraph17"]


def test_a_model_of_ours_is_added_likewise(here: Run, photo: Path, tmp_path: Path) -> None:
    settings = {"COLORCLI_MODELS": str(tmp_path / "own")}
    done = here("models", "add", find_model(), "--name", "mine", settings=settings)
    assert done.returncode == 0, done.stderr
    assert b"classification" in here("models", "show", "mine", settings=settings).stdout
    assert (
        here("colorize", "old.jpg", "--model", "mine", "--temperature", "0.5", settings=settings).returncode
        == 0
    )
    assert is_coloured(photo.with_name("old.color.jpg"))


def test_a_file_of_a_known_kind_needs_no_adding(here: Run, photo: Path) -> None:
    deoldify(photo.parent)
    assert here("colorize", "old.jpg", "--model", "deoldify.onnx").returncode == 0
    assert is_coloured(photo.with_name("old.color.jpg"))


def test_a_model_that_is_not_known_is_described_by_options(here: Run, tmp_path: Path) -> None:
    settings = {"COLORCLI_MODELS": str(tmp_path / "own")}
    write_stranger(tmp_path / "odd.onnx", [1, 3, 64, 64], 4, 20)
    refused = here("models", "add", "odd.onnx", settings=settings)
    assert refused.returncode == 4
    assert b"input input [1, 3, 64, 64]" in refused.stderr
    assert b"--input-kind" in refused.stderr
    options = ("--input-kind", "grey", "--input-range", "-1", "1")
    write_stranger(tmp_path / "grey.onnx", [1, 1, 64, 64], 2, 20)
    done = here("models", "add", "grey.onnx", "--name", "mine", *options, settings=settings)
    assert done.returncode == 0, done.stderr
    assert b"grey, nchw, -1 to 1" in here("models", "show", "mine", settings=settings).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["absent.onnx"], 4, b"absent.onnx: no such model file"),
        (["cut.onnx"], 4, b"cut.onnx: not a readable ONNX model"),
        (["good.onnx", "--kind", "deoldify"], 4, b"not 3 channels"),
        (["good.onnx", "--kind", "ddcolor"], 4, b"--input-kind"),
        (["apart.onnx"], 4, b"external_data=False"),
        (["good.onnx", "--kind", "ddcolor", "--input-kind", "l"], 2, b"only one of them"),
        (["good.onnx", "--input-range", "-1", "1"], 2, b"give --input-kind"),
        (["good.onnx", "--name", "../good"], 2, b"cannot be called"),
        (["good.onnx", "--name", "colorcli"], 2, b"came with colorcli"),
        (["good.onnx", "--name", "taken"], 2, b"--overwrite"),
    ],
)
def test_what_cannot_be_added(
    here: Run, tmp_path: Path, arguments: list[str], code: int, message: bytes
) -> None:
    good = siggraph17(tmp_path).rename(tmp_path / "good.onnx")
    (tmp_path / "cut.onnx").write_bytes(good.read_bytes()[:200])
    apart = {"location": "apart.data", "save_as_external_data": True, "size_threshold": 0}
    onnx.save(onnx.load(good), tmp_path / "apart.onnx", **apart)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "taken.onnx").touch()
    if arguments[-1] == "deoldify":
        write_stranger(good, [1, 3, 64, 64], 2, 1)
    done = here("models", "add", *arguments, settings={"COLORCLI_MODELS": str(tmp_path / "own")})
    assert message in done.stderr
    assert done.returncode == code
    assert done.stdout == b""
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["taken.onnx"]
