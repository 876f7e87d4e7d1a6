"""Tar archives of photographs: into folders, and into tar archives again."""

import io
import signal
import subprocess
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from cli.helpers import COLORCLI, Run, is_coloured, temporary_files, write_photo

from .archive import JOURNAL, journal, results
from .server import Bucket


def write_tar(path: Path, members: Mapping[str, bytes | tarfile.TarInfo]) -> Path:
    """A tar as others write them, with a time and an owner for each member."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name) if isinstance(content, bytes) else content
            info.mtime, info.uid, info.uname, info.mode = 1_000_000_000, 7, "archivist", 0o640
            info.size = len(content) if isinstance(content, bytes) else 0
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return path


def read_tar(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        found = {info.name: tar.extractfile(info) for info in tar if info.isfile()}
        return {name: file.read() for name, file in found.items() if file}


@pytest.fixture
def photos(tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "photos").mkdir()
    names = ("a.jpg", "b.png", "c.tif", "d.jpg")
    return {name: write_photo(tmp_path / "photos" / name, seed=ord(name[0])).read_bytes() for name in names}


@pytest.fixture
def shard(tmp_path: Path, photos: dict[str, bytes]) -> Path:
    """As WebDataset has them, and with a name of bytes that are not UTF-8."""
    content: dict[str, bytes] = {
        "0001.jpg": photos["a.jpg"],
        "0001.json": b'{"label": 3}',
        "deep/er/0002.png": photos["b.png"],
        "._0001.jpg": b"what a Mac puts there",
        "k\udcff.tif": photos["c.tif"],
        "0001.cls": b"7",
    }
    return write_tar(tmp_path / "shards" / "s1.tar", content)


def local(here: Run, tmp_path: Path) -> dict[str, bytes]:
    """What a run over the same photographs as files writes."""
    assert here("colorize", "photos", "-o", "reference").returncode == 0
    return results(tmp_path / "reference")


def test_members_become_files(here: Run, tmp_path: Path, shard: Path) -> None:
    assert here("colorize", shard, "-o", "out").returncode == 0
    wanted = local(here, tmp_path)
    assert results(tmp_path / "out") == {
        "s1/0001.jpg": wanted["a.jpg"],
        "s1/deep/er/0002.png": wanted["b.png"],
        "s1/k\udcff.tif": wanted["c.tif"],
    }
    assert b"3  done before" in here("colorize", shard, "-o", "out").stderr
    assert here("colorize", shard).returncode == 2  # beside a photograph in a tar there is no place


def test_shards_become_shards(here: Run, tmp_path: Path, shard: Path, photos: dict[str, bytes]) -> None:
    write_tar(tmp_path / "shards" / "more" / "s2.tar", {"d.jpg": photos["d.jpg"]})
    write_tar(tmp_path / "shards" / "texts.tar", {"only.txt": b"text"})
    done = here("colorize", "-r", "shards", "-o", "out", "--shards")
    assert done.returncode == 0
    wanted = local(here, tmp_path)
    written = results(tmp_path / "out")
    assert set(written) == {"s1.tar", "more/s2.tar", "texts.tar"}
    before, after = read_tar(shard.read_bytes()), read_tar(written["s1.tar"])
    assert list(after) == list(before)
    new = {"0001.jpg": "a.jpg", "deep/er/0002.png": "b.png", "k\udcff.tif": "c.tif"}
    assert after == before | {name: wanted[source] for name, source in new.items()}
    assert read_tar(written["more/s2.tar"]) == {"d.jpg": wanted["d.jpg"]}
    assert read_tar(written["texts.tar"]) == {"only.txt": b"text"}
    with tarfile.open(tmp_path / "out" / "s1.tar") as tar:
        info = tar.getmember("0001.jpg")
        assert (info.mtime, info.uid, info.uname, info.mode) == (1_000_000_000, 7, "archivist", 0o640)
    again = here("colorize", "-r", "shards", "-o", "again", "--shards", "-j", "1")
    assert again.returncode == 0
    assert results(tmp_path / "again") == written  # the same bytes, whatever the order of work
    assert journal(tmp_path / "out")["s1.tar"]["status"] == "ok"


def test_from_server_to_server(here: Run, tmp_path: Path, bucket: Bucket, shard: Path) -> None:
    write_tar(
        shard, {name: content for name, content in read_tar(shard.read_bytes()).items() if name.isascii()}
    )
    bucket.put_tree("in", tmp_path / "shards")
    assert here("colorize", "-r", "shards", "-o", "out", "--shards").returncode == 0
    command = ("colorize", "-r", bucket.url("in"), "-o", bucket.url("out"), "--shards")
    assert here(*command).returncode == 0
    assert bucket.results("out") == results(tmp_path / "out")
    assert b"2  done before" in here(*command).stderr
    assert here("colorize", bucket.url("in/s1.tar"), "-o", bucket.url("files")).returncode == 0
    assert here("colorize", shard, "-o", "files").returncode == 0
    assert bucket.results("files") == results(tmp_path / "files")


def test_what_is_done_is_not_done_again(here: Run, tmp_path: Path, photos: dict[str, bytes]) -> None:
    def go(*options: str) -> str:
        return here("colorize", "s.tar", "-o", "out", "--shards", *options).stderr.decode()

    def tar(**changed: bytes) -> None:
        write_tar(tmp_path / "s.tar", {"a.jpg": photos["a.jpg"], "n.txt": b"n", "d.jpg": changed["d"]})

    tar(d=b"no photograph")
    assert "1  coloured" in go()
    target = tmp_path / "out" / "s.tar"
    first = read_tar(target.read_bytes())
    assert list(first) == ["a.jpg", "n.txt"]  # a photograph that failed is left out
    before = target.stat().st_mtime_ns
    assert "1  done before" in (said := go())
    assert "1  failed" in said
    assert target.stat().st_mtime_ns == before
    tar(d=photos["d.jpg"])
    assert "1  coloured" in go("--retry-failed")
    second = read_tar(target.read_bytes())
    assert list(second) == ["a.jpg", "n.txt", "d.jpg"]
    assert second["a.jpg"] == first["a.jpg"]  # taken over from the tar as it was
    write_tar(tmp_path / "s.tar", {"a.jpg": photos["a.jpg"], "n.txt": b"new", "d.jpg": photos["d.jpg"]})
    assert "2  done before" in go()
    assert read_tar(target.read_bytes()) == second | {"n.txt": b"new"}
    kept = target.read_bytes()
    assert "2  done before" in go("--saturation", "0.5", "--settings-changed", "keep")
    assert target.read_bytes() == kept
    assert "2 done before with another model, other settings" in (said := go("--saturation", "0.5"))
    assert "2  coloured" in said
    assert read_tar(target.read_bytes())["a.jpg"] != first["a.jpg"]
    assert set(results(tmp_path / "out")) == {"s.tar"}


def test_a_tar_of_others_is_not_replaced(here: Run, tmp_path: Path, shard: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "s1.tar").write_bytes(b"precious")
    refused = here("colorize", shard, "-o", "out", "--shards")
    assert refused.returncode == 2
    assert b"out/s1.tar is there already" in refused.stderr
    assert (tmp_path / "out" / "s1.tar").read_bytes() == b"precious"
    assert here("colorize", shard, "-o", "out", "--shards", "--overwrite").returncode == 0
    assert "0001.jpg" in read_tar((tmp_path / "out" / "s1.tar").read_bytes())


def _link(target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


@pytest.mark.parametrize("options", [[], ["--shards"]])
def test_members_never_leave_the_target(
    here: Run, tmp_path: Path, photos: dict[str, bytes], options: list[str]
) -> None:
    """Each is a failure of its own; the rest is done, and nothing goes through a link of the archive."""
    content: dict[str, bytes | tarfile.TarInfo] = {
        "good.jpg": photos["a.jpg"],
        "../up.jpg": photos["a.jpg"],
        f"{tmp_path}/absolute.jpg": photos["a.jpg"],
        "x/../../../far.jpg": photos["a.jpg"],
        "link": _link(".."),
        "link.jpg": _link("good.jpg"),
        "link/through.jpg": photos["a.jpg"],
        "../notes.txt": b"text",
        "twice/./y.jpg": photos["a.jpg"],
        "twice/y.jpg": photos["a.jpg"],
    }
    for info in (value for value in content.values() if isinstance(value, tarfile.TarInfo)):
        info.name = next(name for name, value in content.items() if value is info)
    write_tar(tmp_path / "s.tar", content)
    done = here("colorize", "s.tar", "-o", "deep/er/out", *options)
    assert done.returncode == 3
    for name in ("../up.jpg", f"{tmp_path}/absolute.jpg", "x/../../../far.jpg", "../notes.txt"):
        assert f"s.tar/{name}: its name leads out of the archive".encode() in done.stderr
    assert b"s.tar/link.jpg: it is a link" in done.stderr
    assert b"s.tar/twice/y.jpg: an earlier member has the same name" in done.stderr
    out = tmp_path / "deep" / "er" / "out"
    if options:
        assert list(read_tar((out / "s.tar").read_bytes())) == [
            "good.jpg",
            "link/through.jpg",
            "twice/./y.jpg",
        ]
    else:
        assert set(results(out)) == {"s/good.jpg", "s/link/through.jpg", "s/twice/y.jpg"}
    outside = {path for path in tmp_path.rglob("*.jpg") if out not in path.parents}
    assert outside == {tmp_path / "photos" / "a.jpg", tmp_path / "photos" / "d.jpg"}


@pytest.mark.parametrize("options", [[], ["--shards"]])
@pytest.mark.parametrize("cut", [2200, 3000, 4200])
def test_a_tar_that_is_cut_off(
    here: Run, tmp_path: Path, photos: dict[str, bytes], options: list[str], cut: int
) -> None:
    """In the header of the second member, in its middle, and after its end: what was readable is done."""
    whole = write_tar(tmp_path / "s.tar", {"a.jpg": photos["a.jpg"], "d.jpg": photos["d.jpg"]}).read_bytes()
    assert whole[2048 : 2048 + 5] == b"d.jpg"
    assert whole[4096:4196] == bytes(100)
    (tmp_path / "s.tar").write_bytes(whole[:cut])
    done = here("colorize", "s.tar", "-o", "out", *options)
    assert done.returncode == 3
    assert b"s.tar: it is damaged" in done.stderr
    names = (
        read_tar((tmp_path / "out" / "s.tar").read_bytes()) if options else results(tmp_path / "out" / "s")
    )
    assert "a.jpg" in names


def test_a_tar_that_became_shorter_replaces_no_results(
    here: Run, tmp_path: Path, photos: dict[str, bytes]
) -> None:
    """A copy that broke off must not cost what was made of the whole."""
    tar = write_tar(tmp_path / "s.tar", {name: photos[name] for name in ("a.jpg", "b.png", "d.jpg")})
    assert here("colorize", "s.tar", "-o", "out", "--shards").returncode == 0
    before = results(tmp_path / "out")
    tar.write_bytes(tar.read_bytes()[:5000])
    done = here("colorize", "s.tar", "-o", "out", "--shards")
    assert done.returncode == 3
    assert b"out/s.tar: kept as it is, for it has more photographs" in done.stderr
    assert results(tmp_path / "out") == before


def test_what_else_is_in_the_folder_of_parts_stays(here: Run, tmp_path: Path, shard: Path) -> None:
    (tmp_path / "out" / "s1.tar.parts").mkdir(parents=True)
    (tmp_path / "out" / "s1.tar.parts" / "precious.txt").write_bytes(b"precious")
    assert here("colorize", shard, "-o", "out", "--shards").returncode == 0
    assert set(results(tmp_path / "out")) == {"s1.tar", "s1.tar.parts/precious.txt"}


def test_no_tar_at_all(here: Run, tmp_path: Path) -> None:
    (tmp_path / "s.tar").write_bytes(b"no tar" * 300)
    done = here("colorize", "s.tar", "-o", "out", "--shards")
    assert done.returncode == 3
    assert b"s.tar: it is damaged" in done.stderr
    assert here("colorize", "lost.tar", "-o", "out").returncode == 3
    assert here("colorize", "-r", tmp_path / "out", "-o", "new", "--shards").returncode == 2


def test_tars_in_folders_are_taken_when_asked_for(here: Run, tmp_path: Path, shard: Path) -> None:
    write_photo(tmp_path / "shards" / "plain.jpg")
    assert here("colorize", "shards", "-o", "one").returncode == 0
    assert set(results(tmp_path / "one")) == {"plain.jpg"}
    assert here("colorize", "shards", "-o", "two", "--include", "*.tar").returncode == 0
    assert len(results(tmp_path / "two")) == 3
    assert here("colorize", "shards", "-o", "three", "--shards").returncode == 0
    assert set(results(tmp_path / "three")) == {"plain.jpg", "s1.tar"}


def test_another_format(here: Run, tmp_path: Path, photos: dict[str, bytes]) -> None:
    write_tar(tmp_path / "s.tar", {"a.jpg": photos["a.jpg"], "x/b.jpg": photos["b.png"], "b.json": b"{}"})
    assert here("colorize", "s.tar", "-o", "out", "--shards", "--format", "webp").returncode == 0
    assert list(read_tar((tmp_path / "out" / "s.tar").read_bytes())) == ["a.webp", "x/b.webp", "b.json"]


def test_killed_and_resumed(
    environment: dict[str, str], here: Run, tmp_path: Path, photos: dict[str, bytes]
) -> None:
    for number in range(3):
        members = {f"{index:02}.jpg": photos["ad"[index % 2] + ".jpg"] for index in range(20)}
        write_tar(tmp_path / "shards" / f"{number}.tar", {"first.txt": b"text", **members})
    assert here("colorize", "shards", "-o", "once", "--shards").returncode == 0
    command = [COLORCLI, "colorize", tmp_path / "shards", "-o", tmp_path / "often", "--shards", "-q"]
    path = tmp_path / "often" / JOURNAL
    for lines in (8, 33):
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < lines):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = here("colorize", "shards", "-o", "often", "--shards")
    assert last.returncode == 0
    assert b"kept" not in last.stderr
    assert results(tmp_path / "often") == results(tmp_path / "once")
    assert not temporary_files(tmp_path / "often")
    (tmp_path / "one.jpg").write_bytes(read_tar((tmp_path / "often" / "0.tar").read_bytes())["00.jpg"])
    assert is_coloured(tmp_path / "one.jpg")


def test_what_goes_not_together(here: Run, tmp_path: Path, shard: Path) -> None:
    assert here("colorize", shard, "-o", "out", "--shards", "--gallery").returncode == 2
    write_photo(tmp_path / "a.jpg")
    assert here("colorize", "a.jpg", "-o", "out", "--shards").returncode == 2


def test_a_name_that_comes_twice(here: Run, tmp_path: Path, photos: dict[str, bytes]) -> None:
    """The first member is coloured, the second is a failure; the one is not taken for the other."""
    with tarfile.open(tmp_path / "s.tar", "w") as tar:
        for content in (photos["a.jpg"], photos["d.jpg"]):
            info = tarfile.TarInfo("a.jpg")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    done = here("colorize", "s.tar", "-o", "out", "--shards")
    assert done.returncode == 3
    assert b"an earlier member has the same name" in done.stderr
    assert read_tar((tmp_path / "out" / "s.tar").read_bytes()) == {"a.jpg": local(here, tmp_path)["a.jpg"]}
    assert set(results(tmp_path / "out")) == {"s.tar"}
