"""Which photographs a command line means, without colouring any."""

import tarfile
from pathlib import Path

import pytest
from cli.helpers import write_photo

from colorcli.archive.naming import Naming
from colorcli.archive.plan import ArchivePlan, Sources, plan
from colorcli.archive.scan import Selection
from colorcli.errors import UsageError

PHOTOGRAPHS = ("a.jpg", "b.TIF", "a.color.jpg", ".hidden.jpg", "x/c.png", "x/.y/d.jpg", "notes.txt")


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The photographs, and box.tar with one more, below scans."""
    monkeypatch.chdir(tmp_path)
    for name in PHOTOGRAPHS:
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    write_photo(tmp_path / "one.jpg")
    with tarfile.open(tmp_path / "scans" / "box.tar", "w") as tar:
        tar.add(tmp_path / "one.jpg", "deep/one.jpg")
        tar.add(tmp_path / "one.jpg", "../up.jpg")
    return tmp_path / "scans"


def pairs(planned: ArchivePlan) -> dict[str, str]:
    return {job.name: str(job.target) for job in planned.jobs}


@pytest.mark.parametrize(
    ("selection", "sources"),
    [
        (Selection(), {"a.color.jpg", "a.jpg", "b.TIF"}),
        (Selection(recursive=True), {"a.color.jpg", "a.jpg", "b.TIF", "x/c.png"}),
        (Selection(recursive=True, exclude=("x",)), {"a.color.jpg", "a.jpg", "b.TIF"}),
        (Selection(recursive=True, include=("*.png", "*.TIF")), {"b.TIF", "x/c.png"}),
        (Selection(recursive=True, include=("x/*",)), {"x/c.png"}),
        (Selection(include=("*.tar",)), {"box.tar/deep/one.jpg"}),
    ],
)
def test_what_is_taken_of_a_folder(scans: Path, selection: Selection, sources: set[str]) -> None:
    planned = plan(Sources(("scans",), selection=selection), Naming(output="out"))
    assert set(pairs(planned)) == {f"scans/{name}" for name in sources}
    assert planned.is_archive and str(planned.results_folder) == "out"


@pytest.mark.parametrize(
    ("inputs", "listed", "naming", "jobs"),
    [
        (
            ("scans",),
            None,
            Naming(),
            {"scans/a.jpg": "scans/a.color.jpg", "scans/b.TIF": "scans/b.color.TIF"},
        ),
        (("scans/a.jpg",), None, Naming(output="new.png"), {"scans/a.jpg": "new.png"}),
        (("scans/a.jpg", "scans/a.jpg"), None, Naming(output="out"), {"scans/a.jpg": "out/a.jpg"}),
        ((), ["scans/x/c.png"], Naming(output="out"), {"scans/x/c.png": "out/scans/x/c.png"}),
        ((), ["../one.jpg"], Naming(output="out"), {"../one.jpg": "out/{parent}/one.jpg"}),
        (("-",), None, Naming(output="new.png"), {"stdin": "new.png"}),
    ],
)
def test_where_each_goes(
    scans: Path, inputs: tuple[str, ...], listed: list[str] | None, naming: Naming, jobs: dict[str, str]
) -> None:
    """Earlier results beside photographs are none; a list keeps its paths, but never above the target."""
    parent = scans.parent.parent.relative_to(scans.anchor)
    expected = {name: target.format(parent=parent) for name, target in jobs.items()}
    assert pairs(plan(Sources(inputs, listed), naming)) == expected


@pytest.mark.parametrize(
    ("shards", "target"), [(False, "out/box/deep/one.jpg"), (True, "out/box.tar.parts/deep/one.jpg")]
)
def test_members_of_a_tar(scans: Path, shards: bool, target: str) -> None:
    """One whose name leads out of the archive is a problem, and named."""
    planned = plan(Sources(("scans/box.tar",)), Naming(output="out", shards=shards))
    assert pairs(planned) == {"scans/box.tar/deep/one.jpg": target}
    assert [problem.name for problem in planned.problems] == ["scans/box.tar/../up.jpg"]
    assert [str(shard.target) for shard in planned.shards] == (["out/box.tar"] if shards else [])


@pytest.mark.parametrize(
    ("sources", "naming", "said"),
    [
        (Sources(("",)), Naming(), "one of the names is empty"),
        (Sources(("scans",)), Naming(output=""), "-o needs a name"),
        (Sources(("scans",)), Naming(output="scans", suffix=""), "the folder of the photographs itself"),
        (Sources(("scans",), selection=Selection(include=("*.bmp",))), Naming(), "no photographs in scans"),
        (Sources((), []), Naming(output="out"), "no photographs in the list"),
        (Sources(("scans/box.tar",)), Naming(), "its results need a folder"),
        (Sources(("scans/a.jpg",)), Naming(output="out", shards=True), "--shards is for tar archives"),
    ],
)
def test_command_lines_that_mean_nothing(scans: Path, sources: Sources, naming: Naming, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan(sources, naming)


def test_links_to_folders_and_the_folder_of_results_are_not_entered(scans: Path) -> None:
    (scans / "link").symlink_to("x")
    (scans / "out").mkdir()
    (scans / "out" / "a.jpg").write_bytes(b"")
    planned = plan(Sources(("scans",), selection=Selection(recursive=True)), Naming(output="scans/out"))
    assert planned.links == ("scans/link",)
    assert not any("out/" in name for name in pairs(planned))
