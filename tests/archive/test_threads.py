"""Threads that each do one task after the other."""

from collections.abc import Iterator
from contextlib import closing
from threading import Barrier, Event, Lock
from time import sleep

import pytest

from colorcli.archive.threads import run_in_threads


def test_every_task_once() -> None:
    assert sorted(run_in_threads(range(100), lambda task: task * 2, 7, Event())) == list(range(0, 200, 2))


def test_tasks_are_done_at_the_same_time() -> None:
    meeting = Barrier(3, timeout=30)  # nobody passes before all three are there
    assert len(list(run_in_threads(range(3), lambda _: meeting.wait(), 3, Event()))) == 3


def test_no_more_tasks_are_taken_than_can_be_held() -> None:
    """Beyond what was read, each thread has one result waiting and one task in work at most."""
    taken = 0
    turn = Lock()

    def tasks() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            with turn:
                taken += 1
            yield number

    for done, _ in enumerate(run_in_threads(tasks(), lambda task: task, 4, Event()), 1):
        assert taken <= done + 8


def test_stop_begins_nothing_new() -> None:
    stop = Event()
    results = []
    for result in run_in_threads(range(1000), lambda task: task, 2, stop):
        results.append(result)
        stop.set()
    assert len(results) <= 5


def test_an_error_comes_out() -> None:
    def work(task: int) -> int:
        if task == 5:
            raise BrokenPipeError
        return task

    with pytest.raises(BrokenPipeError):
        list(run_in_threads(range(10), work, 2, Event()))


@pytest.mark.parametrize("fault", ["in a task", "of the caller"])
def test_what_is_in_work_is_finished_before_an_error_ends_it(fault: str) -> None:
    """A thread in the middle of the network while the interpreter ends would abort the process."""
    together = Barrier(2, timeout=30)
    finished = Event()

    def work(task: int) -> int:
        if task < 2:
            together.wait()
        if task == 0 and fault == "in a task":
            raise BrokenPipeError
        if task == 1:
            sleep(0.3)
            finished.set()
        return task

    def caller() -> None:
        with closing(run_in_threads(range(1000), work, 2, Event())) as results:
            next(results)
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        caller()
    assert finished.is_set()
