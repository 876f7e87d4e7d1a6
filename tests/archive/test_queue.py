"""Chunks of photographs for workers, some of which are lost: no cluster, but a real journal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from colorcli.archive.jobs import Job, Outcome, PhotoSettings
from colorcli.archive.ray.queue import CHUNK, LOSSES, Chunk, ChunkQueue
from colorcli.archive.resume.state import ResultKey
from colorcli.archive.resume.tracker import Tracker, open_tracker
from colorcli.archive.storage.local import LocalPath

from .archive import journal

KEY = ResultKey.of("tiny", "abc", PhotoSettings())


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    made = []
    for number in range(10):
        source = LocalPath(tmp_path / f"{number}.jpg")
        source.write_bytes(b"photograph")
        made.append(Job(source, LocalPath(tmp_path / "out" / f"{number}.jpg"), ".jpg"))
    return made


@pytest.fixture
def tracker(jobs: list[Job], tmp_path: Path) -> Iterator[Tracker]:
    with open_tracker(LocalPath(tmp_path / "out"), KEY, jobs) as tracker:
        yield tracker


def numbers(chunk: Chunk | None) -> list[int]:
    assert chunk is not None
    return [int(Path(job.name).stem) for job in chunk.jobs]


def next_chunk(queue: ChunkQueue, workers: int = 1) -> Chunk:
    assert not list(queue.prepare(workers))
    chunk = queue.take()
    assert chunk is not None
    return chunk


@pytest.mark.parametrize(
    ("workers", "sizes"), [(1, [4, 3, 1, 1, 1]), (2, [2, 2, 1, 1, 1, 1, 1, 1]), (9, [1] * 10)]
)
def test_chunks_are_smaller_towards_the_end(
    jobs: list[Job], tracker: Tracker, workers: int, sizes: list[int]
) -> None:
    queue = ChunkQueue(jobs, tracker)
    chunks = [numbers(next_chunk(queue, workers)) for _ in sizes]
    assert [len(chunk) for chunk in chunks] == sizes
    assert [number for chunk in chunks for number in chunk] == list(range(10))
    assert not list(queue.prepare(workers)) and queue.empty


def test_a_lost_chunk_comes_again_then_its_photographs_one_by_one(jobs: list[Job], tracker: Tracker) -> None:
    """What a lost worker may have left in the place of a result is our own, and may be replaced."""
    queue = ChunkQueue(jobs[:CHUNK], tracker)
    list(queue.prepare(workers=0))
    for losses in range(LOSSES):
        chunk = queue.take()
        assert numbers(chunk) == list(range(CHUNK))
        assert chunk is not None and not chunk.suspect
        assert all(job.replace for job in chunk.jobs) == (losses > 0)
        assert queue.return_lost(chunk) is None
    assert queue.take() is None and queue.has_suspects
    suspects = [queue.take_suspect() for _ in range(CHUNK)]
    assert [numbers(one) for one in suspects] == [[0], [1], [2], [3]]
    assert all(one.suspect for one in suspects)


@pytest.mark.parametrize("losses", range(1, LOSSES + 1))
def test_a_photograph_that_costs_too_many_workers_fails(
    jobs: list[Job], tracker: Tracker, tmp_path: Path, losses: int
) -> None:
    queue = ChunkQueue(jobs, tracker)
    suspect = Chunk([jobs[0]], suspect=True)
    for _ in range(losses - 1):
        assert queue.return_lost(suspect) is None
        suspect = queue.take_suspect()
    given_up = queue.return_lost(suspect)
    if losses < LOSSES:
        assert given_up is None and queue.has_suspects
        return
    assert given_up is not None and given_up.status == "failed"
    assert f"{2 * LOSSES} workers ended in the middle of it" in str(given_up.error)
    assert journal(tmp_path / "out")["0.jpg"]["status"] == "failed"
    assert not queue.has_suspects


def test_what_was_there_first_is_not_replaced_after_a_loss(jobs: list[Job], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "0.jpg").write_bytes(b"precious")
    with open_tracker(LocalPath(tmp_path / "out"), KEY, jobs) as tracker:
        queue = ChunkQueue(jobs[:2], tracker)
        chunk = next_chunk(queue, workers=0)
        while len(chunk.jobs) < 2:
            chunk.jobs += next_chunk(queue, workers=0).jobs
        queue.return_lost(chunk)
        again = queue.take()
        assert again is not None
        assert [job.replace for job in again.jobs] == [False, True]


def test_what_is_done_is_not_given_out(jobs: list[Job], tmp_path: Path) -> None:
    """A stopped worker did fewer than it was given: the rest has no line, and the next run does it."""
    folder = LocalPath(tmp_path / "out")
    with open_tracker(folder, KEY, jobs) as tracker:
        queue = ChunkQueue(jobs, tracker)
        chunk = next_chunk(queue)
        result = chunk.jobs[0].target
        assert isinstance(result, LocalPath)
        result.write_bytes(b"result")
        source = chunk.jobs[0].source
        assert source is not None
        done = Outcome(
            chunk.jobs[0].name, str(result), "ok", before=source.fingerprint(), after=result.fingerprint()
        )
        queue.record(chunk, [done])
    assert set(journal(tmp_path / "out")) == {"0.jpg"}
    with open_tracker(folder, KEY, jobs) as tracker:
        queue = ChunkQueue(jobs, tracker)
        assert [outcome.done_before for outcome in queue.prepare(workers=1)] == [True]
        assert numbers(queue.take()) == [1, 2, 3, 4]
