"""A file appears whole or not at all."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from colorcli.errors import PhotoError
from colorcli.files import whole_file


def test_the_target_appears_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.jpg"
    with whole_file(target, overwrite=False, mode=0o440) as part:
        part.write_bytes(b"whole")
        assert not target.exists()
        assert part.parent == target.parent  # a rename cannot cross file systems
    assert target.read_bytes() == b"whole"
    assert target.stat().st_mode & 0o777 == 0o440
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError(), OSError(errno.ENOSPC, "no space left")])
def test_nothing_stays_behind(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "a.jpg"
    target.write_bytes(b"precious")
    expected = PhotoError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected), whole_file(target, overwrite=True) as part:
        part.write_bytes(b"half")
        raise error
    assert target.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    with pytest.raises(PhotoError, match="exists"), whole_file(target, overwrite=False) as part:
        part.write_bytes(b"ours")
        target.write_bytes(b"theirs")
    assert target.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EINVAL])
def test_without_hard_links_the_target_appears_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """As on FAT, where Linux, macOS and Windows each say it in their own way."""

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    with whole_file(tmp_path / "a.jpg", overwrite=False) as part:
        part.write_bytes(b"whole")
    assert (tmp_path / "a.jpg").read_bytes() == b"whole"
    with pytest.raises(PhotoError, match="exists"), whole_file(tmp_path / "a.jpg", overwrite=False):
        pass


def test_overwrite_replaces_in_one_step(tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    target.write_bytes(b"old")
    with target.open("rb") as reader, whole_file(target, overwrite=True) as part:
        part.write_bytes(b"new")
        assert reader.read() == b"old"
    assert target.read_bytes() == b"new"


def test_a_pipe_is_not_opened_for_its_fingerprint(tmp_path: Path) -> None:
    """It would wait for a writer, and take away what it wrote."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from colorcli.files import fingerprint\n"
            "print(fingerprint(Path(sys.argv[1])))",
            pipe,
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "None\n"
