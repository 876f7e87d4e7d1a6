"""The lock on a folder of results on a server, as runs of one machine take it from each other."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest

from colorcli.archive.resume.remote_lock import RemoteLock
from colorcli.archive.storage.local import LocalPath
from colorcli.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalPath:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return LocalPath(tmp_path / "out")


def test_no_file_is_left_on_this_machine(folder: LocalPath, tmp_path: Path) -> None:
    lock = RemoteLock(folder, folder / "journal")
    assert list((tmp_path / "tmp").iterdir())
    with pytest.raises(UsageError, match="another colorcli is at work"):
        RemoteLock(folder, folder / "journal")
    assert list((tmp_path / "tmp").iterdir()), "who is refused removed the lock of the other"
    lock.renew()
    lock.release()
    assert not list((tmp_path / "tmp").iterdir())


def test_one_at_a_time_has_it_though_each_removes_the_file(folder: LocalPath, tmp_path: Path) -> None:
    alone, taken = Lock(), []

    def take_and_release(_: int) -> None:
        try:
            lock = RemoteLock(folder, folder / "journal")
        except UsageError:
            return
        assert alone.acquire(blocking=False)
        lock.renew()
        taken.append(lock)
        alone.release()
        lock.release()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take_and_release, range(100)))
    assert taken
    assert not list((tmp_path / "tmp").iterdir())
