"""Which photographs of a folder are coloured, and where each result goes."""

import json
import os
from pathlib import Path

import pytest
from cli.helpers import Run, is_coloured, write_photo

from .archive import journal, results


def tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_photo(root / name)


def test_the_tree_is_kept(here: Run, tmp_path: Path) -> None:
    tree(tmp_path / "scans", "a.jpg", "x/a.jpg", "x/y z/a.png", "x/.hidden.jpg", ".git/b.jpg")
    (tmp_path / "scans" / "notes.txt").write_text("not a photograph")
    assert here("colorize", "-r", "scans", "-o", "out").returncode == 0
    assert set(results(tmp_path / "out")) == {"a.jpg", "x/a.jpg", "x/y z/a.png"}
    assert all(is_coloured(tmp_path / "out" / name) for name in results(tmp_path / "out"))


def test_without_r_only_its_own_files(here: Run, tmp_path: Path) -> None:
    tree(tmp_path / "scans", "a.jpg", "x/b.jpg")
    done = here("colorize", "scans", "-o", "out")
    assert done.returncode == 0
    assert b"the folders in scans are left out; -r takes them too" in done.stderr
    assert set(results(tmp_path / "out")) == {"a.jpg"}


def test_what_r_would_not_take_is_not_told_of(here: Run, tmp_path: Path) -> None:
    """The folder of the results, a hidden one, one that is excluded, a link to one."""
    tree(tmp_path / "scans", "a.jpg", ".hidden/b.jpg", "thumbs/c.jpg")
    (tmp_path / "scans" / "link").symlink_to("thumbs")
    (tmp_path / "scans" / "out").mkdir()
    done = here("colorize", "scans", "-o", "scans/out", "--exclude", "thumbs")
    assert done.returncode == 0
    assert b"left out" not in done.stderr
    assert set(results(tmp_path / "scans" / "out")) == {"a.jpg"}


def test_beside_the_photographs(here: Run, tmp_path: Path) -> None:
    tree(tmp_path / "scans", "a.jpg", "x/b.jpg")
    for _ in range(2):
        assert here("colorize", "-r", "scans").returncode == 0
    assert set(results(tmp_path / "scans")) == {"a.jpg", "a.color.jpg", "x/b.jpg", "x/b.color.jpg"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"a.jpg", "a.png"}),
        (("--format", "png"), {"a.jpg.png", "a.png"}),
        (("--format", "tiff"), {"a.jpg.tif", "a.png.tif"}),
    ],
)
def test_names_that_differ_in_the_extension(
    here: Run, tmp_path: Path, options: tuple[str, ...], expected: set[str]
) -> None:
    tree(tmp_path / "scans", "a.jpg", "a.png")
    assert here("colorize", "scans", "-o", "out", *options).returncode == 0
    assert set(results(tmp_path / "out")) == expected


def test_a_wrong_extension_never_takes_the_place_of_another(here: Run, tmp_path: Path) -> None:
    tree(tmp_path / "scans", "a.png", "b.png", "c.png")
    (tmp_path / "scans" / "b.png").rename(tmp_path / "scans" / "a.jpg")
    (tmp_path / "scans" / "c.png").rename(tmp_path / "scans" / "a.tif")
    assert here("colorize", "scans", "-o", "out", "--overwrite").returncode == 0
    assert set(results(tmp_path / "out")) == {"a.png", "a.jpg.png", "a.tif.png"}


@pytest.mark.parametrize(
    "name", [b"two words.jpg", b"line\nbreak.jpg", b"\xff\xfe.jpg", b"x" * 251 + b".jpg", b"<script>'\".jpg"]
)
def test_hard_names(here: Run, tmp_path: Path, name: bytes) -> None:
    (tmp_path / "scans" / "deep").mkdir(parents=True)
    write_photo(tmp_path / "plain.jpg").rename(tmp_path / "scans" / "deep" / os.fsdecode(name))
    done = here("colorize", "-r", "scans", "-o", "out", "-v")
    assert done.returncode == 0, done.stderr
    assert list(results(tmp_path / "out")) == [f"deep/{os.fsdecode(name)}"]
    assert (
        os.fsencode(str(journal(tmp_path / "out")[f"deep/{os.fsdecode(name)}"]["output"])) == b"deep/" + name
    )
    assert done.stderr.isascii()
    assert b"done before" in here("colorize", "-r", "scans", "-o", "out").stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--include", "*.png"], {"b.png"}),
        (["--exclude", "*.png", "--exclude", "y"], {"a.jpg", "x/c.jpg"}),
        (["--include", "x/*"], {"x/c.jpg", "x/y/d.jpg"}),
        (["--include", "*.jpg", "--exclude", "x/y/*"], {"a.jpg", "x/c.jpg"}),
    ],
)
def test_include_and_exclude(here: Run, tmp_path: Path, options: list[str], expected: set[str]) -> None:
    tree(tmp_path / "scans", "a.jpg", "b.png", "x/c.jpg", "x/y/d.jpg")
    assert here("colorize", "-r", "scans", "-o", "out", *options).returncode == 0
    assert set(results(tmp_path / "out")) == expected


def test_links(here: Run, tmp_path: Path) -> None:
    tree(tmp_path / "scans", "x/a.jpg")
    (tmp_path / "scans" / "x" / "loop").symlink_to("..")
    (tmp_path / "scans" / "self").symlink_to("self")
    (tmp_path / "scans" / "link.jpg").symlink_to("x/a.jpg")
    done = here("colorize", "-r", "scans", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert set(results(tmp_path / "out")) == {"x/a.jpg", "link.jpg"}
    assert b"scans/x/loop" in done.stderr


def test_a_photograph_that_is_not_there_is_not_passed_over(here: Run, tmp_path: Path) -> None:
    tree(tmp_path / "scans", "a.jpg")
    (tmp_path / "scans" / "lost.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "scans" / "round.jpg").symlink_to("round.jpg")
    done = here("colorize", "scans", "-o", "out")
    assert done.returncode == 3
    assert b"scans/lost.jpg: there is no such file" in done.stderr
    assert b"scans/round.jpg: too many" in done.stderr


def test_results_within_the_archive_are_no_photographs(here: Run, tmp_path: Path) -> None:
    tree(tmp_path, "a.jpg", "x/b.jpg")
    for _ in range(2):
        assert here("colorize", "-r", ".", "-o", "x/out").returncode == 0
    assert set(results(tmp_path / "x" / "out")) == {"a.jpg", "x/b.jpg"}


def test_into_the_archive_itself(here: Run, tmp_path: Path) -> None:
    tree(tmp_path, "a.jpg")
    done = here("colorize", ".", "-o", ".", "--overwrite")
    assert done.returncode == 2
    assert b"never overwritten" in done.stderr
    for _ in range(2):
        assert here("colorize", ".", "-o", ".", "--suffix", "-c").returncode == 0
    assert set(results(tmp_path)) == {"a.jpg", "a-c.jpg"}


def test_a_list(run: Run, tmp_path: Path) -> None:
    tree(tmp_path, "x/a.jpg", "y/a.jpg")
    names = [b"x/a.jpg", b"./y/../y/a.jpg", b"x/new\nline.jpg"]
    write_photo(tmp_path / "n.jpg").rename(tmp_path / "x" / "new\nline.jpg")
    done = run("colorize", "--files-from", "-", "-0", "-o", "out", stdin=b"\0".join(names) + b"\0")
    assert done.returncode == 0, done.stderr
    assert set(results(tmp_path / "out")) == {"x/a.jpg", "y/a.jpg", "x/new\nline.jpg"}
    (tmp_path / "list").write_bytes(b"x/a.jpg\r\n\ny/a.jpg\n")
    assert b"2  done before" in run("colorize", "--files-from", "list", "-o", "out").stderr


def test_a_list_never_leads_out_of_the_target(here: Run, tmp_path: Path) -> None:
    tree(tmp_path, "a.jpg")
    (tmp_path / "list").write_text(f"../{tmp_path.name}/a.jpg\n{tmp_path.parent}/b.jpg\n../../c.jpg\n")
    write_photo(tmp_path.parent / "b.jpg")
    done = here("colorize", "--files-from", "list", "-o", "out")
    assert done.returncode == 3
    assert set(results(tmp_path / "out")) == {"a.jpg", f"{str(tmp_path.parent)[1:]}/b.jpg"}


def test_dry_run(here: Run, tmp_path: Path) -> None:
    tree(tmp_path / "scans", "a.jpg", "x/b.jpg")
    tree(tmp_path / "more", "a.jpg")
    assert here("colorize", "scans", "-o", "out").returncode == 0
    before = results(tmp_path)
    done = here("colorize", "-r", "scans", "-o", "out", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        b"scans/a.jpg -> out/a.jpg  done before",
        b"scans/x/b.jpg -> out/x/b.jpg  colour",
    ]
    clash = here("colorize", "scans", "more", "-o", "new", "--dry-run", "--json")
    assert clash.returncode == 2
    assert json.loads(clash.stdout.splitlines()[-1]) == {
        "input": "more/a.jpg",
        "output": "new/a.jpg",
        "action": "collides with scans/a.jpg",
    }
    assert here("colorize", "scans", "more", "-o", "new").returncode == 2
    assert results(tmp_path) == before


def test_a_folder_that_cannot_be_listed(here: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path / "scans", "a.jpg", "x/b.jpg")
    monkeypatch.chdir(tmp_path / "scans")
    for _ in range(20):  # deeper than a path may be long, which stops root too
        Path("d" * 250).mkdir()
        monkeypatch.chdir("d" * 250)
    monkeypatch.chdir(tmp_path)
    done = here("colorize", "-r", "scans", "-o", "out")
    assert done.returncode == 3
    assert b"cannot be listed: file name too long" in done.stderr
    assert set(results(tmp_path / "out")) == {"a.jpg", "x/b.jpg"}
