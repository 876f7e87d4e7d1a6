"""Photographs in colour as references for archives: wherever these lie, the same bytes."""

import tarfile
from pathlib import Path

import cv2
import pytest
from cli.helpers import Run
from scenery import scenery

from .archive import results
from .server import Bucket


def write_album(folder: Path) -> None:
    """in/ has two photographs of a scene, in grey; the scene in colour lies beside it."""
    (folder / "in" / "box").mkdir(parents=True)
    shown = {"a": scenery()[:, :160], "box/b": scenery()[:, 140:300]}
    for name, pixels in shown.items():
        assert cv2.imwrite(str(folder / "in" / f"{name}.png"), cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    assert cv2.imwrite(str(folder / "scene.png"), cv2.cvtColor(scenery(), cv2.COLOR_RGB2BGR))


def named(found: dict[str, bytes]) -> list[str]:
    """Those results that say that they have the colours of the scene."""
    return sorted(name for name, content in found.items() if b"scene.png (sha256:" in content)


@pytest.fixture
def wanted(here: Run, tmp_path: Path, environment: dict[str, str], matching_model: Path) -> dict[str, bytes]:
    """What a run over folders makes of an album in the working folder."""
    environment["COLORCLI_MODEL"] = str(matching_model)
    write_album(tmp_path)
    assert here("colorize", "-r", "in", "-o", "plain").returncode == 0
    assert here("colorize", "-r", "in", "-o", "out", "--reference", "scene.png").returncode == 0
    found = results(tmp_path / "out")
    assert named(found) == ["a.png", "box/b.png"]
    assert found["a.png"] != results(tmp_path / "plain")["a.png"]
    return found


@pytest.mark.parametrize("shards", [False, True])
def test_tar_archives(here: Run, tmp_path: Path, wanted: dict[str, bytes], shards: bool) -> None:
    with tarfile.open(tmp_path / "album.tar", "w") as tar:
        tar.add(tmp_path / "in", ".")
    options = ["--shards"] if shards else []
    assert here("colorize", "album.tar", "-o", "new", "--reference", "scene.png", *options).returncode == 0
    if shards:
        with tarfile.open(tmp_path / "new" / "album.tar") as tar:
            tar.extractall(tmp_path / "new" / "album", filter="data")
    assert results(tmp_path / "new" / "album") == wanted


def test_servers(here: Run, bucket: Bucket, tmp_path: Path, wanted: dict[str, bytes]) -> None:
    """The reference lies on one too."""
    bucket.put_tree("in", tmp_path / "in")
    bucket.put("scene.png", (tmp_path / "scene.png").read_bytes())
    command = ("colorize", "-r", bucket.url("in"), "-o", bucket.url("out"))
    assert here(*command, "--reference", bucket.url("scene.png")).returncode == 0
    assert bucket.results("out") == wanted
    again = here(*command, "--reference", "scene.png")  # the same bytes: nothing is to be done
    assert b"2  done before" in again.stderr
