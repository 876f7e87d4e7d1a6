"""Which name a result gets, and what is never touched."""

import json
import os
from pathlib import Path

import pytest

from .helpers import Run, is_coloured, temporary_files, write_photo


def test_beside_the_photograph(here: Run, photo: Path) -> None:
    before = photo.read_bytes()
    done = here("colorize", "old.jpg")
    assert done.returncode == 0, done.stderr
    assert is_coloured(photo.with_name("old.color.jpg"))
    assert photo.read_bytes() == before
    assert b"old.color.jpg" in done.stderr
    assert done.stdout == b""
    assert sorted(path.name for path in photo.parent.iterdir()) == ["old.color.jpg", "old.jpg"]


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (["-o", "new.jpg"], "new.jpg"),
        (["-o", "new.png"], "new.png"),
        (["-o", "colored"], "colored/old.jpg"),
        (["-o", "deep/colored/"], "deep/colored/old.jpg"),
        (["-o", "deep/new.tif"], "deep/new.tif"),
        (["-o", "colored", "--suffix", "-c"], "colored/old-c.jpg"),
        (["--suffix", "_colour"], "old_colour.jpg"),
        (["--format", "png"], "old.color.png"),
        (["--compare"], "old.compare.jpg"),
    ],
)
def test_names(here: Run, photo: Path, arguments: list[str], result: str) -> None:
    done = here("colorize", "old.jpg", *arguments)
    assert done.returncode == 0, done.stderr
    assert is_coloured(photo.parent / result)


def test_names_keep_what_is_not_an_extension(here: Run, photo: Path) -> None:
    photo.rename(photo.with_name("scan.1890"))
    assert here("colorize", "scan.1890").returncode == 0
    assert is_coloured(photo.with_name("scan.1890.color.jpg"))


def test_a_wrong_extension_is_put_right(here: Run, tmp_path: Path) -> None:
    write_photo(tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert here("colorize", "a.jpg").returncode == 0
    assert (tmp_path / "a.color.png").read_bytes()[:4] == b"\x89PNG"


def test_a_grey_map_becomes_a_pixel_map(here: Run, tmp_path: Path) -> None:
    write_photo(tmp_path / "a.pgm")
    assert here("colorize", "a.pgm").returncode == 0
    assert (tmp_path / "a.color.ppm").read_bytes()[:2] == b"P6"


def test_several_into_a_folder(here: Run, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.png"):
        write_photo(tmp_path / name)
    assert here("colorize", "a.jpg", "b.png", "a.jpg", "-o", "out").returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.jpg", "b.png"]


def test_a_folder_means_the_photographs_in_it(here: Run, tmp_path: Path) -> None:
    (tmp_path / "scans" / "deeper").mkdir(parents=True)
    for name in ("a.jpg", "b.TIF", ".hidden.jpg", "deeper/c.jpg", "a.color.jpg"):
        write_photo(tmp_path / "scans" / name)
    (tmp_path / "scans" / "README.md").write_text("not a photograph")
    assert here("colorize", "scans").returncode == 0
    assert (tmp_path / "scans" / "b.color.TIF").exists()
    assert not list(tmp_path.rglob("*.color.color.*"))
    assert not list(tmp_path.rglob("*c.color.*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.jpg", "b.jpg", "-o", "new.jpg"], "-o new.jpg/"),
        (["a.jpg", "b.jpg", "-o", "a.jpg"], "a.jpg is a file"),
        (["a.jpg", "b.jpg", "-o", "-"], "stdout"),
        (["a.jpg", "sub/a.jpg", "-o", "out"], "sub/a.jpg"),
        (["a.jpg", "-o", "new.xyz"], ".xyz"),
        (["a.jpg", "-o", "new.png", "--format", "jpeg"], "--format"),
        (["a.jpg", "--format", "heic"], "HEIC is read, not written"),
        (["a.jpg", "-o", "-", "--json"], "--json"),
        (["a.jpg", "--suffix", ""], "never overwritten"),
        (["a.jpg", "--device", "tpu"], "tpu"),
        ([""], "empty"),
        (["empty"], "no photographs"),
        ([], "Usage"),
    ],
)
def test_what_does_not_fit_together(here: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "empty").mkdir()
    for name in ("a.jpg", "b.jpg", "sub/a.jpg"):
        write_photo(tmp_path / name)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.jpg")}
    done = here("colorize", *arguments, "--overwrite") if arguments else here("colorize")
    assert done.returncode == 2
    assert said in (done.stderr + done.stdout).decode()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_existing_results_are_kept(here: Run, photo: Path) -> None:
    result = photo.with_name("old.color.jpg")
    result.write_bytes(b"precious")
    done = here("colorize", "old.jpg", "--json")
    assert done.returncode == 0
    assert b"--overwrite" in done.stderr
    assert json.loads(done.stdout)["status"] == "skipped"
    assert result.read_bytes() == b"precious"
    assert here("colorize", "old.jpg", settings={"COLORCLI_OVERWRITE": "1"}).returncode == 0
    assert is_coloured(result)


@pytest.mark.parametrize("make", [os.link, os.symlink], ids=["hard link", "symbolic link"])
def test_an_input_is_never_overwritten_through_a_link(here: Run, photo: Path, make: object) -> None:
    before = photo.read_bytes()
    make(photo, photo.with_name("other.jpg"))  # type: ignore[operator]
    for overwrite in ([], ["--overwrite"]):
        done = here("colorize", "old.jpg", "-o", "other.jpg", *overwrite)
        assert done.returncode == 2
        assert b"never overwritten" in done.stderr
    assert photo.read_bytes() == before
    assert not temporary_files(photo.parent)


def test_an_input_is_never_overwritten_by_the_result_of_another(here: Run, tmp_path: Path) -> None:
    for name in ("a.jpg", "a.color.jpg"):
        write_photo(tmp_path / name)
    before = (tmp_path / "a.color.jpg").read_bytes()
    done = here("colorize", "a.jpg", "a.color.jpg", "--overwrite")
    assert done.returncode == 2
    assert (tmp_path / "a.color.jpg").read_bytes() == before
    assert is_coloured(tmp_path / "a.color.color.jpg")


def test_links_are_followed_not_replaced(here: Run, photo: Path) -> None:
    (photo.parent / "elsewhere").mkdir()
    link = photo.with_name("link.jpg")
    link.symlink_to("elsewhere/new.jpg")
    assert here("colorize", "old.jpg", "-o", "link.jpg").returncode == 0
    assert link.is_symlink()
    assert is_coloured(photo.parent / "elsewhere" / "new.jpg")


@pytest.mark.parametrize("leads_to", ["nowhere.jpg", "precious.jpg"])
def test_nothing_leaves_the_folder_of_results_through_a_link(
    here: Run, tmp_path: Path, photo: Path, leads_to: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "precious.jpg").write_bytes(b"precious")
    (tmp_path / "out" / "old.jpg").symlink_to(f"../{leads_to}")
    done = here("colorize", "old.jpg", "-o", "out/", "--overwrite")
    assert done.returncode == 3
    assert b"out/old.jpg: it is a link that leads elsewhere" in done.stderr
    assert not (tmp_path / "nowhere.jpg").exists()
    assert (tmp_path / "precious.jpg").read_bytes() == b"precious"
    assert (tmp_path / "out" / "old.jpg").is_symlink()


def test_a_link_within_the_folder_of_results_is_followed(here: Run, tmp_path: Path, photo: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.jpg").symlink_to("new.jpg")
    assert here("colorize", "old.jpg", "-o", "out/").returncode == 0
    assert is_coloured(tmp_path / "out" / "new.jpg")


@pytest.mark.parametrize("suffix", ["/../../evil", "/x", "../x"])
def test_a_suffix_leads_nowhere_else(here: Run, tmp_path: Path, photo: Path, suffix: str) -> None:
    done = here("colorize", "old.jpg", "-o", "out/", "--suffix", suffix)
    assert done.returncode == 2
    assert f"--suffix {suffix} leads into another folder".encode() in done.stderr
    assert list(tmp_path.iterdir()) == [photo]


def test_devices_are_written_into(run: Run, photo: Path) -> None:
    assert run("colorize", "old.jpg", "-o", "/dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()


def test_permissions_and_times(here: Run, photo: Path) -> None:
    photo.chmod(0o640)
    os.utime(photo, (1_000_000_000, 1_000_000_001.5))
    assert here("colorize", "old.jpg", "--preserve-times").returncode == 0
    result = photo.with_name("old.color.jpg").stat()
    assert result.st_mode & 0o777 == 0o640
    assert result.st_mtime == 1_000_000_001.5


def test_names_are_data(run: Run, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "plain.jpg")
    name = b"[red] \x1b[31m\n\xff.jpg"
    photo.rename(tmp_path / os.fsdecode(name))
    done = run("colorize", os.fsdecode(name), "--json")
    assert done.returncode == 0, done.stderr
    assert b"\x1b[31m" not in done.stderr
    assert b"[red] \\x1b[31m\\n\\udcff.jpg" in done.stderr
    assert os.fsencode(json.loads(done.stdout)["input"]) == name
    assert (tmp_path / os.fsdecode(name.replace(b".jpg", b".color.jpg"))).exists()


def test_the_longest_name_fits_a_folder(here: Run, photo: Path) -> None:
    long = photo.rename(photo.with_name("x" * 251 + ".jpg"))
    assert here("colorize", long.name, "-o", "out/").returncode == 0
    assert is_coloured(photo.parent / "out" / long.name)
    done = here("colorize", long.name)
    assert done.returncode == 3
    assert b"name too long" in done.stderr
