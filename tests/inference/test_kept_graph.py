"""The optimised graph that is kept opens instead of the model, and never gives another answer."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from colorcli.inference.kept_graph import GRAPH, MOST, WEIGHTS, graphs_folder
from colorcli.inference.model import AB, FEATURES, LOGITS, Model, find_model

OUTPUTS = (AB, *FEATURES.values(), LOGITS)
ASK = "import hashlib, test_kept_graph; print(hashlib.sha256(test_kept_graph.answer()).hexdigest())"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no variable moves the cache")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of graphs of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return graphs_folder()


@pytest.fixture(scope="module")
def expected() -> bytes:
    """What the model says with nothing kept and nowhere to keep it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", os.devnull)
        return answer()


def answer() -> bytes:
    """All that the default model says, at two temperatures."""
    lightness = np.linspace(0, 100, 64 * 96, dtype=np.float32).reshape(1, 64, 96, 1)
    model = Model.open(find_model(), "cpu", threads=1)
    answers = [model.ask(lightness, OUTPUTS, temperature) for temperature in (None, 0.9)]
    return b"".join(one[name].tobytes() for one in answers for name in OUTPUTS)


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Inodes and times: what is written anew has others."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def test_the_second_opening_is_of_the_kept_graph(cache: Path, expected: bytes) -> None:
    assert answer() == expected
    kept = state(cache)
    assert len(kept) == 3
    assert answer() == expected
    assert state(cache) == kept


def cut(weights: Path) -> None:
    os.truncate(weights, weights.stat().st_size // 2)


def blot(weights: Path) -> None:
    with weights.open("r+b") as file:
        file.seek(weights.stat().st_size // 2)
        file.write(bytes(4096))


def lose(weights: Path) -> None:
    weights.unlink()


def lose_graph(weights: Path) -> None:
    weights.with_name(GRAPH).write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, blot, lose, lose_graph])
def test_a_damaged_graph_is_made_anew(damage: Callable[[Path], None], cache: Path, expected: bytes) -> None:
    answer()
    (weights,) = cache.glob(f"*/{WEIGHTS}")
    whole = weights.read_bytes()
    damage(weights)
    assert answer() == expected
    assert weights.read_bytes() == whole
    assert len(list(cache.iterdir())) == 1


def test_a_graph_of_another_runtime_or_processor_is_left_alone(cache: Path, expected: bytes) -> None:
    answer()
    (kept,) = cache.iterdir()
    other = kept.rename(kept.with_name("0" * len(kept.name)))
    blot(other / WEIGHTS)
    before = state(other)
    assert answer() == expected
    assert state(other) == before
    assert kept.is_dir()


def test_the_oldest_make_room(cache: Path) -> None:
    for number in range(MOST + 2):
        (cache / f"old{number}").mkdir(parents=True)
        os.utime(cache / f"old{number}", (number, number))
    answer()
    names = {path.name for path in cache.iterdir()}
    assert len(names) == MOST
    assert "old0" not in names


def test_two_processes_at_once(cache: Path, expected: bytes) -> None:
    command = [sys.executable, "-c", ASK]
    both = [
        subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in both] == [sha256(expected).hexdigest()] * 2
    assert [len(list(folder.iterdir())) for folder in cache.iterdir()] == [3]
    assert answer() == expected


def test_a_cache_that_is_only_read_still_serves(cache: Path, expected: bytes) -> None:
    answer()
    for path in (*cache.rglob("*"), cache):
        path.chmod(0o500 if path.is_dir() else 0o400)
    kept = state(cache)
    assert answer() == expected
    assert state(cache) == kept


def test_nowhere_to_keep_it(cache: Path, expected: bytes) -> None:
    cache.parent.parent.mkdir(exist_ok=True)
    shutil.rmtree(cache.parent, ignore_errors=True)
    cache.parent.write_text("a file where the folder would be")
    assert answer() == expected


def test_a_small_model_is_not_kept(cache: Path, tiny_model: Path) -> None:
    Model.open(tiny_model, "cpu")
    assert not cache.exists()
