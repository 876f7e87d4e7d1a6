"""Photographs and results on servers: an S3 server on loopback, and what fsspec has without one."""

import json
import os
import subprocess
import time
from pathlib import Path

import fsspec
import pytest
from cli.helpers import COLORCLI, Run, write_photo

from .archive import journal, results, statuses, write_archive
from .server import SECRET, Bucket
from .test_mixed_album import coloured


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Photographs in folders, one of them hidden, and one faulty."""
    for name in ("a.jpg", "x/b.png", "x/y z/ü+%.jpg", "x/.hidden.jpg", ".git/c.jpg"):
        (tmp_path / "scans" / name).parent.mkdir(parents=True, exist_ok=True)
        write_photo(tmp_path / "scans" / name, seed=len(name))
    (tmp_path / "scans" / "x" / "bad.jpg").write_bytes(b"no photograph")
    (tmp_path / "scans" / "notes.txt").write_bytes(b"not a photograph")
    return tmp_path / "scans"


GOOD = {"a.jpg", "x/b.png", "x/y z/ü+%.jpg"}


def test_from_server_to_server(run: Run, here: Run, tmp_path: Path, bucket: Bucket, scans: Path) -> None:
    """As a user does it, in processes of their own; and the bytes are those of a run without a server."""
    bucket.put_tree("in", scans)
    done = run("colorize", "-r", bucket.url("in/"), "-o", bucket.url("out/"), "--json")
    assert done.returncode == 3
    assert b"bad.jpg: it is not an image" in done.stderr
    records = {record["input"]: record for record in map(json.loads, done.stdout.splitlines())}
    assert records[bucket.url("in/a.jpg")]["output"] == bucket.url("out/a.jpg")
    assert here("colorize", "-r", "scans", "-o", "local").returncode == 3
    assert bucket.results("out") == results(tmp_path / "local")
    assert set(bucket.results("out")) == GOOD
    there, local = bucket.journal("out"), journal(tmp_path / "local")
    assert set(there) == set(local)
    for name in GOOD:
        for key in ("status", "input_sha256", "output_sha256", "output_bytes", "size", "settings", "output"):
            assert there[name][key] == local[name][key]
    assert there["x/bad.jpg"]["status"] == "failed"


def test_photographs_in_colour(here: Run, tmp_path: Path, bucket: Bucket) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "grey.jpg")
    photograph = coloured(tmp_path / "in" / "colour.jpg").read_bytes()
    bucket.put_tree("in", tmp_path / "in")
    command = ("colorize", bucket.url("in"), "-o", bucket.url("out"))
    assert here(*command).returncode == 0
    assert bucket.get("out/colour.jpg") == photograph
    assert bucket.journal("out")["colour.jpg"]["status"] == "passed"
    said = here(*command, "--coloured", "recolor").stderr
    assert b"1  coloured" in said and b"1  done before" in said
    assert here("colorize", "in", "-o", "local", "--coloured", "recolor").returncode == 0
    assert bucket.results("out") == results(tmp_path / "local")
    assert bucket.get("out/colour.jpg") != photograph
    assert here(*command, "--coloured", "keep").returncode == 0
    assert bucket.get("out/colour.jpg") == photograph


def test_mixed_with_folders_of_this_machine(here: Run, tmp_path: Path, bucket: Bucket, scans: Path) -> None:
    bucket.put_tree("in", scans)
    assert here("colorize", "-r", bucket.url("in"), "-o", "down").returncode == 3
    assert here("colorize", "-r", "scans", "-o", bucket.url("up")).returncode == 3
    assert set(results(tmp_path / "down")) == GOOD
    assert bucket.results("up") == results(tmp_path / "down")
    assert here("colorize", bucket.url("in/a.jpg"), "-o", "one.png").returncode == 0
    assert here("colorize", "scans/a.jpg", "-o", bucket.url("one.png")).returncode == 0
    assert bucket.get("one.png") == (tmp_path / "one.png").read_bytes()
    assert here("colorize", bucket.url("in/a.jpg")).returncode == 0
    assert "a.color.jpg" in bucket.keys("in")


def test_what_is_taken(here: Run, tmp_path: Path, bucket: Bucket, scans: Path) -> None:
    bucket.put_tree("in", scans)
    planned = here(
        "colorize", "-r", bucket.url("in"), "-o", bucket.url("out"), "--dry-run", "--exclude", "x/y*"
    )
    assert planned.stdout.decode().splitlines() == [
        f"{bucket.url('in')}/{name} -> {bucket.url('out')}/{name}  colour"
        for name in ("a.jpg", "x/b.png", "x/bad.jpg")
    ]
    assert bucket.keys("out") == []
    assert here("colorize", bucket.url("in"), "-o", "flat").returncode == 0
    assert set(results(tmp_path / "flat")) == {"a.jpg"}
    (tmp_path / "list").write_text(f"{bucket.url('in/x/b.png')}\nscans/a.jpg\n")
    assert here("colorize", "--files-from", "list", "-o", "listed").returncode == 0
    assert set(results(tmp_path / "listed")) == {"scans/a.jpg", f"{bucket.name}/in/x/b.png"}
    none = here("colorize", bucket.url("in"), "-o", "out", "--include", "*.bmp")
    assert none.returncode == 2
    assert f"no photographs in {bucket.url('in')}\n".encode() in none.stderr
    missing = here("colorize", "-r", bucket.url("nowhere"), "-o", "out")
    assert missing.returncode == 3
    assert b"nowhere: there is no such file" in missing.stderr


def test_done_and_unchanged_is_skipped(here: Run, bucket: Bucket, scans: Path) -> None:
    def go(*options: str) -> str:
        return here("colorize", "-r", bucket.url("in"), "-o", bucket.url("out"), *options).stderr.decode()

    bucket.put_tree("in", scans)
    go()
    before = bucket.results("out")
    time.sleep(1)  # S3 tells the time of an object in seconds
    bucket.put_tree("in", scans)  # another time, the same bytes
    assert "3  done before" in go()
    assert "3  done before" in go("--overwrite")
    assert bucket.results("out") == before
    bucket.put("in/x/b.png", write_photo(scans / "n.png", seed=99).read_bytes())
    bucket.delete("out/a.jpg")
    bucket.put("in/x/bad.jpg", write_photo(scans / "n.jpg", seed=9).read_bytes())
    assert "1  coloured" in go("--retry-failed")
    assert "2  coloured" in (said := go())
    assert "2  done before" in said
    after = bucket.results("out")
    assert after["a.jpg"] == before["a.jpg"]
    assert after["x/b.png"] != before["x/b.png"]
    assert {record["status"] for record in bucket.journal("out").values()} == {"ok"}
    keeping = ("--saturation", "0.5", "--settings-changed", "keep")
    assert "4 done before with another model, other settings" in (said := go(*keeping))
    assert "4  done before" in said
    assert bucket.results("out") == after
    assert "4 done before with another model, other settings" in (said := go("--saturation", "0.5"))
    assert "4  coloured" in said


def test_work_of_others_is_kept(here: Run, bucket: Bucket, scans: Path) -> None:
    bucket.put_tree("in", scans)
    bucket.put("out/a.jpg", b"precious")
    command = ("colorize", "-r", bucket.url("in"), "-o", bucket.url("out"))
    assert b"1  kept" in here(*command).stderr
    bucket.put("out/x/b.png", b"retouched")
    assert b"2  kept" in here(*command, "--saturation", "0.5").stderr
    assert bucket.get("out/a.jpg") == b"precious"
    assert bucket.get("out/x/b.png") == b"retouched"
    assert b"2  coloured" in here(*command, "--saturation", "0.5", "--overwrite").stderr
    assert bucket.get("out/a.jpg") != b"precious"
    same = here("colorize", "-r", bucket.url("in"), "-o", bucket.url("in"), "--overwrite")
    assert same.returncode == 2
    assert b"never overwritten" in same.stderr


def test_two_runs_into_one_folder(
    environment: dict[str, str],
    here: Run,
    tmp_path: Path,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On one machine the lock ends with its process; elsewhere when it shows no sign of life for a minute."""
    os.mkfifo(tmp_path / "fifo")
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "names").write_text("fifo\n")
    command = [COLORCLI, "colorize", "--files-from", "names", "-o", bucket.url("out")]
    first = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
    (tmp_path / "more").mkdir()
    write_photo(tmp_path / "more" / "a.jpg")
    with (tmp_path / "fifo").open("wb"):  # opens once the first run reads it, which then waits
        second = here("colorize", "more", "-o", bucket.url("out"))
        assert second.returncode == 2
        assert (
            f"another colorcli is at work in {bucket.url('out')} (process {first.pid} on".encode()
            in second.stderr
        )
        first.kill()
        first.communicate()
    assert here("colorize", "more", "-o", bucket.url("out")).returncode == 0
    bucket.put(
        "out/colorcli-journal/lock", json.dumps({"run": "1", "host": "far away", "process": 7}).encode()
    )
    far = here("colorize", "more", "-o", bucket.url("out"))
    assert far.returncode == 2
    assert b"(process 7 on far away)" in far.stderr
    assert b"for 60 seconds" in far.stderr
    monkeypatch.setattr("colorcli.archive.resume.remote_lock.EXPIRES_AFTER", 1.0)
    time.sleep(3)  # S3 tells the time of an object in seconds
    assert here("colorize", "more", "-o", bucket.url("out")).returncode == 0
    assert "colorcli-journal/lock" not in bucket.keys("out")


@pytest.mark.parametrize(("photographs", "kills"), [(24, 2), pytest.param(400, 10, marks=pytest.mark.slow)])
def test_killed_and_resumed(
    environment: dict[str, str], here: Run, tmp_path: Path, bucket: Bucket, photographs: int, kills: int
) -> None:
    write_archive(tmp_path / "scans", photographs, 0)
    command = [COLORCLI, "colorize", "-r", tmp_path / "scans", "-q", "-o", bucket.url("out")]
    for number in range(1, kills + 1):
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        enough = number * photographs // (kills + 1)
        while bucket.done("out") < enough and process.poll() is None:
            time.sleep(0.02)
        process.kill()
        process.wait()
    assert here("colorize", "-r", "scans", "-o", "local").returncode == 0
    last = here("colorize", "-r", "scans", "-o", bucket.url("out"))
    assert last.returncode == 0
    assert b"kept" not in last.stderr  # what was written without a line in the journal is known as our own
    assert bucket.results("out") == results(tmp_path / "local")
    assert [record["status"] for record in bucket.journal("out").values()] == ["ok"] * photographs


@pytest.mark.parametrize("protocol", ["memory", "local"])
def test_other_servers(here: Run, tmp_path: Path, scans: Path, protocol: str) -> None:
    """memory:// is an object store, local:// a filesystem with names that can be changed."""
    server = fsspec.filesystem(protocol)
    root = f"/{tmp_path.name}-store" if protocol == "memory" else f"{tmp_path}/store"
    server.put(f"{scans}/", f"{root}/in/", recursive=True)
    command = ("colorize", "-r", f"{protocol}://{root}/in", "-o", f"{protocol}://{root}/out")
    assert here(*command).returncode == 3
    assert b"3  done before" in here(*command).stderr
    names = {name[len(f"{root}/out/") :] for name in server.find(f"{root}/out")}
    assert {name for name in names if not name.startswith("colorcli-journal/")} == GOOD
    assert not [name for name in names if "lock" in name or ".part" in name or "started" in name]
    assert here("colorize", "-r", "scans", "-o", "local").returncode == 3
    assert server.cat_file(f"{root}/out/x/b.png") == results(tmp_path / "local")["x/b.png"]


def test_file_urls_are_paths(here: Run, tmp_path: Path, scans: Path) -> None:
    assert here("colorize", "-r", f"file://{scans}", "-o", f"file://{tmp_path}/out").returncode == 3
    assert statuses(tmp_path / "out") == ["failed", "ok", "ok", "ok"]


def test_a_key_never_leads_out_of_the_target(here: Run, tmp_path: Path, bucket: Bucket) -> None:
    photo = write_photo(tmp_path / "a.jpg").read_bytes()
    for key in ("in/../../escaped.jpg", "in//double.jpg", "in/good.jpg", "in/./dot.jpg"):
        bucket.put(key, photo)
    (tmp_path / "list").write_text(f"{bucket.url('in/../../escaped.jpg')}\n")
    assert here("colorize", "-r", bucket.url("in"), "-o", "deep/er/out").returncode == 0
    here("colorize", "--files-from", "list", "-o", "deep/er/listed")
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.jpg")} - {Path("a.jpg")}
    assert Path("deep/er/out/good.jpg") in written
    assert all(path.parts[:2] == ("deep", "er") and path.parts[2] in ("out", "listed") for path in written)


def test_the_gallery(here: Run, bucket: Bucket, scans: Path) -> None:
    bucket.put_tree("in", scans)
    done = here("colorize", "-r", bucket.url("in"), "-o", bucket.url("out"), "--gallery")
    assert f"the gallery is {bucket.url('out/index.html')}".encode() in done.stderr
    page = bucket.get("out/index.html").decode()
    assert page.count('"/9j/') == 2 * len(GOOD)  # a JPEG each of before and after
    assert SECRET not in page


def test_names_that_a_server_cannot_have(here: Run, tmp_path: Path, bucket: Bucket) -> None:
    (tmp_path / "scans").mkdir()
    write_photo(tmp_path / "scans" / "good.jpg")
    write_photo(tmp_path / "b.jpg").rename(tmp_path / "scans" / os.fsdecode(b"\xff.jpg"))
    done = here("colorize", "scans", "-o", bucket.url("out"))
    assert done.returncode == 3
    assert b"s3:// cannot do this" in done.stderr
    assert set(bucket.results("out")) == {"good.jpg"}


def test_without_credentials(environment: dict[str, str], run: Run, tmp_path: Path, bucket: Bucket) -> None:
    environment["HOME"] = str(tmp_path)
    del environment["AWS_ACCESS_KEY_ID"]
    done = run("colorize", "-r", bucket.url("in"), "-o", "out")
    assert done.returncode == 3
    assert b"no access to s3://" in done.stderr
    assert b"credentials" in done.stderr


def test_the_package_is_missing(environment: dict[str, str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "fsspec.py").write_text("raise ImportError('no fsspec')")
    environment["PYTHONPATH"] = f"{tmp_path / 'hidden'}:{environment.get('PYTHONPATH', '')}"
    done = run("colorize", "-r", "s3://bucket/in", "-o", "out")
    assert done.returncode == 5
    assert b"pip install 'colorcli[remote]'" in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["teleport://host/a.jpg", "-o", "b.jpg"], 2, "nothing is known of teleport://"),
        (["gs://bucket/a.jpg", "-o", "b.jpg"], 5, "gcsfs"),
        (["a.jpg", "-o", "memory://out/a.jpg", "--preserve-times"], 2, "--preserve-times"),
    ],
)
def test_what_cannot_be(here: Run, tmp_path: Path, options: list[str], code: int, said: str) -> None:
    write_photo(tmp_path / "a.jpg")
    done = here("colorize", *options)
    assert done.returncode == code
    assert said in done.stderr.decode()
