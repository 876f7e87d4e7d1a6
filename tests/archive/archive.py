"""Archives for the tests, and what is looked for in their results."""

import json
import os
from pathlib import Path

from cli.helpers import temporary_files, write_photo
from cli.test_bad_input import FAULTY

JOURNAL = "colorcli-journal.jsonl"
SHAPES = ((48, 32), (32, 48), (40, 40), (64, 30), (31, 57))


def write_archive(root: Path, photographs: int, faulty: int) -> None:
    """A tree with photographs of several shapes and formats, and faulty files of every kind among them."""
    for number in range(photographs):
        folder = root / f"box {number % 7}" / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        suffix = (".jpg", ".jpg", ".png", ".tif", ".webp")[number % 5]
        write_photo(folder / f"{number}{suffix}", *SHAPES[number % len(SHAPES)], seed=number)
    for number in range(faulty):
        folder = root / f"box {number % 7}" / f"{number % 3}"
        kinds = [name for name in FAULTY if name.endswith((".jpg", ".png", ".avif"))]
        name = kinds[number % len(kinds)]
        if number % 5 == 4:
            (folder / f"faulty {number}.jpg").symlink_to("nowhere.jpg")
        else:
            (folder / f"faulty {number}{Path(name).suffix}").write_bytes(FAULTY[name])


def results(out: Path) -> dict[str, bytes]:
    """Every file of a folder of results but the journal, by its path there."""
    paths = [path for path in out.rglob("*") if path.is_file() and path.name != JOURNAL]
    assert not temporary_files(out)
    return {os.fspath(path.relative_to(out)): path.read_bytes() for path in paths}


def journal(out: Path) -> dict[str, dict[str, object]]:
    """The last line of the journal on each photograph."""
    lines = (out / JOURNAL).read_bytes()
    assert lines.endswith(b"\n")
    return {record["name"]: record for record in map(json.loads, lines.splitlines())}


def statuses(out: Path) -> list[str]:
    return sorted(str(record["status"]) for record in journal(out).values())


def lines(out: Path) -> int:
    """How many photographs the journal tells of so far."""
    path = out / JOURNAL
    return path.read_bytes().count(b"\n") if path.exists() else 0
