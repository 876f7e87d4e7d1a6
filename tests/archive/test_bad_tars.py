"""Tar archives whose headers make no sense: each is a failure of its own, and all else is done."""

import io
import tarfile
from pathlib import Path

import pytest
from cli.helpers import Run, write_photo

from .archive import results
from .test_shards import read_tar, write_tar

_LINK = "././@LongLink"
_LONG_NAME, _PAX = b"L", b"x"


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    return write_photo(tmp_path / "photo.jpg").read_bytes()


def _header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Of any size, also one that nothing can have."""
    info = tarfile.TarInfo(name)
    info.type = kind
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = size.to_bytes(12, "big", signed=True)
    if size >= 0:
        block[124] |= 0x80
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def _raw(photo: bytes, header: bytes) -> bytes:
    """A good member, the header, what may be its content, and the end."""
    return _header("a.jpg", len(photo)) + _padded(photo) + header + _padded(photo) + bytes(1024)


def _with_pax(photo: bytes, headers: dict[str, str]) -> bytes:
    """A good member, and one of which PAX says something."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, said in (("a.jpg", {}), ("b.jpg", headers)):
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(photo), said
            tar.addfile(info, io.BytesIO(photo))
    return file.getvalue()


def _bad(kind: str, photo: bytes) -> bytes:
    long_name = _header(_LINK, 9, _LONG_NAME) + _padded(b"name.jpg\0")
    headers = {
        "of 2^70 bytes": _header("b.jpg", 2**70),
        "of less than no bytes": _header("b.jpg", -1000),
        "a name of 2^40 bytes": _header(_LINK, 2**40, _LONG_NAME),
        "PAX of 2^40 bytes": _header("x", 2**40, _PAX),
        "3,000 names": 3000 * long_name + _header("b.jpg", len(photo)),
    }
    said = {
        "a map that is no list": {"GNU.sparse.map": "abc"},
        "a photograph said to be sparse": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
        "PAX of less than no bytes": {"size": "-5000"},
    }
    return _raw(photo, headers[kind]) if kind in headers else _with_pax(photo, said[kind])


@pytest.mark.parametrize("options", [[], ["--shards"]])
@pytest.mark.parametrize(
    "kind",
    [
        "of 2^70 bytes",
        "of less than no bytes",
        "a name of 2^40 bytes",
        "PAX of 2^40 bytes",
        "3,000 names",
        "a map that is no list",
        "a photograph said to be sparse",
        "PAX of less than no bytes",
    ],
)
def test_a_header_without_sense_ends_only_its_tar(
    here: Run, tmp_path: Path, photo: bytes, kind: str, options: list[str]
) -> None:
    write_tar(tmp_path / "good.tar", {"c.jpg": photo})
    (tmp_path / "bad.tar").write_bytes(_bad(kind, photo))
    done = here("colorize", "bad.tar", "good.tar", "-o", "out", *options)
    assert done.returncode == 3
    assert b"bad.tar: it is damaged, and nothing can be read from there on" in done.stderr
    if options:
        assert list(read_tar((tmp_path / "out" / "bad.tar").read_bytes())) == ["a.jpg"]
        assert list(read_tar((tmp_path / "out" / "good.tar").read_bytes())) == ["c.jpg"]
    else:
        assert set(results(tmp_path / "out")) == {"bad/a.jpg", "good/c.jpg"}


def test_a_tar_without_one_sound_header(here: Run, tmp_path: Path, photo: bytes) -> None:
    write_tar(tmp_path / "good.tar", {"c.jpg": photo})
    (tmp_path / "bad.tar").write_bytes(_header(_LINK, 2**40, _LONG_NAME) + bytes(1024))
    done = here("colorize", "bad.tar", "good.tar", "-o", "out")
    assert done.returncode == 3
    assert b"bad.tar: it is damaged" in done.stderr
    assert set(results(tmp_path / "out")) == {"good/c.jpg"}


@pytest.mark.parametrize("time", ["nan", "inf", "-inf"])
def test_a_time_that_is_no_number(here: Run, tmp_path: Path, photo: bytes, time: str) -> None:
    """It is no fault of the photograph."""
    (tmp_path / "odd.tar").write_bytes(_with_pax(photo, {"mtime": time}))
    assert here("colorize", "odd.tar", "-o", "out", "--shards").returncode == 0
    with tarfile.open(tmp_path / "out" / "odd.tar") as tar:
        assert [(info.name, info.mtime) for info in tar] == [("a.jpg", 0), ("b.jpg", 0)]
