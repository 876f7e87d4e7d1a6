"""Running again does what is left to do, and nothing else."""

import json
import os
import re
import resource
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cli.helpers import COLORCLI, Run, is_coloured, write_photo

from colorcli.archive.jobs import PhotoSettings
from colorcli.archive.resume.state import ResultKey
from colorcli.archive.resume.tracker import STARTED
from colorcli.colorizer import PROCESSING

from .archive import JOURNAL, journal, results, statuses


@pytest.fixture
def out(here: Run, tmp_path: Path) -> Path:
    """The results of scans/a.jpg, scans/b.png and the faulty scans/c.jpg."""
    (tmp_path / "scans").mkdir()
    write_photo(tmp_path / "scans" / "a.jpg", seed=1)
    write_photo(tmp_path / "scans" / "b.png", seed=2)
    (tmp_path / "scans" / "c.jpg").write_bytes(b"no photograph")
    assert here("colorize", "scans", "-o", "out").returncode == 3
    return tmp_path / "out"


def test_a_line_a_photograph(out: Path, tiny_model: Path) -> None:
    lines = [json.loads(line) for line in (out / JOURNAL).read_bytes().splitlines()]
    assert len(lines) == 3
    records = {line["name"]: line for line in lines}
    good, bad = records["a.jpg"], records["c.jpg"]
    source = out.parent / "scans" / "a.jpg"
    assert good["input"] == str(source)
    assert good["output"] == "a.jpg"
    assert (good["status"], good["error"], good["size"]) == ("ok", None, [48, 32])
    assert (good["model"], good["model_sha256"]) == ("tiny", sha256(tiny_model.read_bytes()).hexdigest())
    assert good["settings"]["saturation"] == 1
    assert good["seconds"] > 0
    assert good["input_sha256"] == sha256(source.read_bytes()).hexdigest()
    assert good["output_sha256"] == sha256((out / "a.jpg").read_bytes()).hexdigest()
    assert (bad["status"], bad["output"]) == ("failed", None)
    assert "not an image" in bad["error"]


def test_done_and_unchanged_is_skipped(here: Run, out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.*g")}
    (out.parent / "scans" / "a.jpg").touch()  # another time, the same bytes
    lines = (out / JOURNAL).read_bytes()
    for overwrite in ([], ["--overwrite"]):
        done = here("colorize", "scans", "-o", "out", *overwrite)
        assert done.returncode == 3
        assert b"2  done before" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in out.glob("*.*g")} == before
    new = (out / JOURNAL).read_bytes().removeprefix(lines).splitlines()
    assert [json.loads(line)["name"] for line in new] == ["c.jpg", "c.jpg"]


def test_what_changed_is_done_again(here: Run, out: Path) -> None:
    before = results(out)
    write_photo(out.parent / "scans" / "a.jpg", seed=3)
    (out / "b.png").unlink()
    write_photo(out.parent / "scans" / "c.jpg")
    done = here("colorize", "scans", "-o", "out")
    assert done.returncode == 0
    assert b"3  coloured" in done.stderr
    after = results(out)
    assert after["a.jpg"] != before["a.jpg"]
    assert after["b.png"] == before["b.png"]
    assert statuses(out) == ["ok"] * 3


def test_other_settings_or_another_model(here: Run, out: Path, tiny_model: Path) -> None:
    paler = here("colorize", "scans", "-o", "out", "--saturation", "0.5")
    assert b"2  coloured" in paler.stderr
    again = here("colorize", "scans", "-o", "out", "--saturation", "0.5", "--threads", "1", "-j", "3")
    assert b"2  done before" in again.stderr
    other = out.parent / "other.onnx"
    other.write_bytes(tiny_model.read_bytes() + b"\x7a\x00")  # protobuf skips a field it does not know
    assert b"2  coloured" in here("colorize", "scans", "-o", "out", "--model", other).stderr


def write_processing(out: Path, number: int | None) -> None:
    """Has the journal say with which way of working the results were made; None: as before there were any."""
    records = [json.loads(line) for line in (out / JOURNAL).read_bytes().splitlines()]
    for record in records:
        del record["processing"]
        record |= {} if number is None else {"processing": number}
    (out / JOURNAL).write_text("".join(json.dumps(record) + "\n" for record in records))


def test_another_way_of_working(here: Run, out: Path) -> None:
    """After a release whose results differ the old ones are done again, unless they are to stay."""
    assert {record["processing"] for record in journal(out).values()} == {PROCESSING}
    write_processing(out, PROCESSING - 1)
    before = results(out)
    (out / "a.jpg").touch()
    kept = here("colorize", "scans", "-o", "out", "--settings-changed", "keep").stderr.decode()
    assert "2 done before with another model, other settings or an older colorcli: they are kept\n" in kept
    assert "2  done before" in kept
    assert results(out) == before
    planned = here("colorize", "scans", "-o", "out", "--dry-run").stdout
    assert planned.count(b"colour again") == 2
    again = here("colorize", "scans", "-o", "out").stderr.decode()
    assert again.index("2 done before with another model") < again.index("c.jpg: it is not an image")
    assert "2  coloured" in again
    quiet = here("colorize", "scans", "-o", "out").stderr.decode()
    assert "2  done before" in quiet and "another model" not in quiet


@pytest.mark.parametrize("processing", [1, 2])
def test_a_journal_from_before_the_numbers(out: Path, tiny_model: Path, processing: int) -> None:
    """Its results were made by number 1, and with the defaults of options that it does not know."""
    write_processing(out, None)
    values = dict(journal(out)["a.jpg"])
    settings = values["settings"]
    assert isinstance(settings, dict)
    values["settings"] = {name: value for name, value in settings.items() if name != "compare"}
    digest = sha256(tiny_model.read_bytes()).hexdigest()
    key = replace(ResultKey.of("tiny", digest, PhotoSettings()), processing=processing)
    assert key.matches(values) == (processing == 1)
    assert not replace(key, settings=PhotoSettings(compare=True).record()).matches(values)


def test_work_of_others_is_kept(here: Run, out: Path) -> None:
    """A result that was retouched, a file that was there first, a photograph of the same name."""
    (out / "a.jpg").write_bytes(b"retouched")
    write_photo(out.parent / "scans" / "d.jpg")
    (out / "d.jpg").write_bytes(b"precious")
    done = here("colorize", "scans", "-o", "out", "--saturation", "0.5")
    assert b"2  kept" in done.stderr
    assert (out / "a.jpg").read_bytes() == b"retouched"
    (out.parent / "more").mkdir()
    write_photo(out.parent / "more" / "b.png", seed=9)
    before = (out / "b.png").read_bytes()
    assert b"1  kept" in here("colorize", "more", "-o", "out").stderr
    assert (out / "b.png").read_bytes() == before
    assert (out / "d.jpg").read_bytes() == b"precious"
    assert here("colorize", "scans", "-o", "out", "--overwrite").returncode == 3
    assert is_coloured(out / "d.jpg")


def test_an_archive_that_was_moved(here: Run, out: Path) -> None:
    (out.parent / "scans").rename(out.parent / "elsewhere")
    out.rename(out.parent / "new")
    assert b"2  done before" in here("colorize", "elsewhere", "-o", "new").stderr


def test_retry_failed(here: Run, out: Path) -> None:
    write_photo(out.parent / "scans" / "d.jpg")
    write_photo(out.parent / "scans" / "c.jpg")
    done = here("colorize", "scans", "-o", "out", "--retry-failed", "--json")
    assert done.returncode == 0
    assert [json.loads(line)["input"] for line in done.stdout.splitlines()] == ["scans/c.jpg"]
    again = here("colorize", "scans", "-o", "out", "--retry-failed")
    assert again.returncode == 2
    assert b"none of these" in again.stderr


@pytest.mark.parametrize("cut", [1, 100, 300])
def test_a_journal_cut_off_in_mid_line(here: Run, out: Path, cut: int) -> None:
    path = out / JOURNAL
    path.write_bytes(path.read_bytes()[:-cut])
    lost = len(path.read_bytes().splitlines()) - path.read_bytes().count(b"\n")
    assert lost == 1
    before = results(out)
    done = here("colorize", "scans", "-o", "out")
    assert done.returncode == 3
    assert set(journal(out)) == {"a.jpg", "b.png", "c.jpg"}
    assert results(out) == before


def test_a_journal_damaged_in_the_middle(here: Run, out: Path) -> None:
    path = out / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b'\0\0\0\n[1]\n{"name": 3, "output": {}, "size": "x"}\n' + b"".join(lines))
    assert b"2  done before" in here("colorize", "scans", "-o", "out").stderr


def test_two_runs_into_one_folder(environment: dict[str, str], run: Run, out: Path) -> None:
    """The lock is the process's: killed, it is no obstacle."""
    os.mkfifo(out.parent / "fifo")
    command = [COLORCLI, "colorize", "--files-from", "names", "-o", "out"]
    (out.parent / "names").write_text("fifo\n")
    first = subprocess.Popen(command, cwd=out.parent, env=environment, stderr=subprocess.PIPE)
    with (out.parent / "fifo").open("wb"):  # opens once the first run reads it, which then waits
        second = run("colorize", "scans", "-o", "out")
        assert second.returncode == 2
        assert b"another colorcli is at work in out" in second.stderr
        first.kill()
        first.communicate()
        assert b"2  done before" in run("colorize", "scans", "-o", "out").stderr


def test_a_journal_that_cannot_be_written(environment: dict[str, str], here: Run, out: Path) -> None:
    """No file may grow beyond the size the journal has: the run ends, and the next one goes on."""
    for name in "def":
        write_photo(out.parent / "scans" / f"{name}.jpg")
    limit = (out / JOURNAL).stat().st_size + 300
    done = subprocess.run(
        [COLORCLI, "colorize", "scans", "-o", "out"],
        cwd=out.parent,
        env=environment,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 3
    assert f"{JOURNAL}: it could not be written: file too large" in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    here("colorize", "scans", "-o", "out")
    assert statuses(out) == ["failed"] + ["ok"] * 5
    assert len(results(out)) == 5


def test_what_is_wrong_with_one_is_not_said_of_another(run: Run, tmp_path: Path) -> None:
    """libvips keeps one list of errors for all threads."""
    scans = tmp_path / "scans"
    scans.mkdir()
    whole = {kind: write_photo(tmp_path / f"whole{kind}").read_bytes() for kind in (".jpg", ".png")}
    for number in range(100):
        for kind, content in whole.items():
            (scans / f"{number}{kind}").write_bytes(content[: len(content) // 2])
    assert run("colorize", "scans", "-o", "out", "-j", "8").returncode == 3
    errors = {record["error"] for record in journal(tmp_path / "out").values()}
    assert {str(error).rpartition(": ")[2] for error in errors} == {"it is damaged or incomplete"}


@pytest.mark.parametrize(
    "values",
    [
        b'"size": [null, null]',
        b'"size": ["a", "b"]',
        b'"size": [NaN, 1]',
        b'"size": [1e999, 1]',
        b'"output": "\\u0000"',
        b'"output": "\\ud800"',
        b'"settings": ' + b"[" * 200_000,
    ],
)
def test_a_line_that_nobody_can_have_written_is_none(here: Run, out: Path, values: bytes) -> None:
    path = out / JOURNAL
    line = b'{"name": "a.jpg", "input": "a.jpg", "status": "ok", ' + values + b"}\n"
    path.write_bytes(path.read_bytes() + line)
    done = here("colorize", "scans", "-o", "out", "--gallery")
    assert done.returncode == 3
    assert b"2  done before" in done.stderr
    assert b"internal error" not in done.stderr
    index = re.search(r'id="index">(.*)</script>', (out / "index.html").read_text("utf-8"))
    assert index
    shown = {photo["name"]: photo["size"] for photo in json.loads(index[1])}
    assert shown == {"a.jpg": [48, 32], "b.png": [48, 32], "c.jpg": None}


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_journal_that_is_no_plain_file(run: Run, out: Path, kind: str) -> None:
    other = out.parent / "other.txt"
    other.write_text("mine")
    (out / JOURNAL).unlink()
    if kind == "pipe":
        os.mkfifo(out / JOURNAL)
    else:
        (out / JOURNAL).symlink_to(other)
    done = run("colorize", "scans", "-o", "out", timeout=60)
    assert done.returncode == 3
    assert b"not a plain file" in done.stderr
    assert other.read_text() == "mine"


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_a_list_of_what_was_begun_that_is_no_plain_file(run: Run, out: Path, kind: str) -> None:
    path = out / STARTED
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    done = run("colorize", "scans", "-o", "out", timeout=60)
    assert done.returncode == 3
    assert f"{STARTED}: it is not a plain file".encode() in done.stderr
    assert path.exists()


def test_a_folder_where_a_result_belongs(here: Run, tmp_path: Path) -> None:
    """As of a photograph in a folder that is called a.jpg, and then one that is called so itself."""
    for name in ("one/a.jpg/b.jpg", "two/a.jpg", "two/c.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_photo(tmp_path / name)
    assert here("colorize", "-r", "one", "-o", "new").returncode == 0
    for options in ([], ["--overwrite"]):
        done = here("colorize", "two", "-o", "new", *options)
        assert done.returncode == 3
        assert b"new/a.jpg: it could not be written: it is a folder" in done.stderr
        assert b"internal error" not in done.stderr
    assert set(results(tmp_path / "new")) == {"a.jpg/b.jpg", "c.jpg"}
    assert here("colorize", "two/a.jpg", "-o", "new/").returncode == 3
