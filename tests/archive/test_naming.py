"""What results are called, without running anything."""

from pathlib import Path

import pytest

from colorcli.archive.naming import Found, Naming, collisions, name_results, refuse_collisions
from colorcli.archive.storage.locate import locate
from colorcli.errors import UsageError
from colorcli.images.formats import JPEG, PNG


def names(naming: Naming, *paths: str, whole: bool = False) -> list[str | None]:
    """The names of the results; a path named "-" is stdin."""
    found = [Found(None if path == "-" else locate(path), Path(path)) for path in paths]
    return [job.target and str(job.target) for job in name_results(found, naming, whole)]


@pytest.mark.parametrize(
    ("naming", "path", "name"),
    [
        (Naming(), "old.jpg", "old.color.jpg"),
        (Naming(), "box/old.JPG", "box/old.color.JPG"),
        (Naming(), "scan.1890", "scan.1890.color"),
        (Naming(compare=True), "old.jpg", "old.compare.jpg"),
        (Naming(suffix="_c"), "old.jpg", "old_c.jpg"),
        (Naming(suffix=""), "old.jpg", "old.jpg"),
        (Naming(format=PNG), "old.jpg", "old.color.png"),
        (Naming(format=JPEG), "old.jpeg", "old.color.jpeg"),
        (Naming(output="new.png"), "old.jpg", "new.png"),
        (Naming(output="new/"), "old.jpg", "new/old.jpg"),
        (Naming(output="new"), "box/old.jpg", "new/box/old.jpg"),
        (Naming(output="new", suffix="-c"), "old.jpg", "new/old-c.jpg"),
        (Naming(output="new", format=PNG), "old.jpg", "new/old.png"),
        (Naming(output="s3://shelf/new/"), "old.jpg", "s3://shelf/new/old.jpg"),
        (Naming(output="-"), "old.jpg", None),
        (Naming(), "-", None),
    ],
)
def test_one_photograph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naming: Naming, path: str, name: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    assert names(naming, path) == [name]


@pytest.mark.parametrize(
    ("naming", "results"),
    [
        (Naming(output="new"), ["new/a.jpg", "new/a.png", "new/x/a.jpg"]),
        (Naming(output="new", format=PNG), ["new/a.jpg.png", "new/a.png", "new/x/a.png"]),
        (Naming(output="new", format=PNG, suffix="-c"), ["new/a.jpg-c.png", "new/a-c.png", "new/x/a-c.png"]),
        (Naming(), ["a.color.jpg", "a.color.png", "x/a.color.jpg"]),
    ],
)
def test_where_names_differ_in_the_extension_alone_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, naming: Naming, results: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert names(naming, "a.jpg", "a.png", "x/a.jpg", whole=True) == results


@pytest.mark.parametrize(
    ("naming", "paths", "whole", "said"),
    [
        (Naming(output="new.jpg"), ["a.jpg", "b.jpg"], False, "names one file for several photographs"),
        (Naming(output="new.jpg"), ["a.jpg"], True, "names one file for several photographs"),
        (Naming(output="there.png"), ["a.jpg", "b.jpg"], False, "is a file, and several photographs"),
        (Naming(output="new.xyz"), ["a.jpg"], False, "no image format has the extension .xyz"),
        (Naming(output="new.png", format=JPEG), ["a.jpg"], False, "says png and --format says jpeg"),
    ],
)
def test_names_that_cannot_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    naming: Naming,
    paths: list[str],
    whole: bool,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_bytes(b"")
    with pytest.raises(UsageError, match=said):
        names(naming, *paths, whole=whole)


@pytest.mark.parametrize(
    ("naming", "paths", "pairs"),
    [
        (Naming(output="new"), ["a.jpg", "b.jpg"], []),
        (Naming(output="new"), ["a.jpg", "a.jpg"], [("a.jpg", "a.jpg")]),
        (Naming(output="-"), ["a.jpg", "b.jpg"], []),
    ],
)
def test_collisions(naming: Naming, paths: list[str], pairs: list[tuple[str, str]]) -> None:
    jobs = list(name_results([Found(locate(path), Path(path)) for path in paths], naming, whole=True))
    assert [(first.name, second.name) for first, second in collisions(jobs)] == pairs
    if pairs or naming.output == "-":
        with pytest.raises(UsageError):
            refuse_collisions(jobs)
    else:
        refuse_collisions(jobs)
