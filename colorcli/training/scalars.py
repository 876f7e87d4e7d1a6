"""Figures over the steps of a run, as TensorBoard reads them."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

VERSION = "brain.Event:2"  # what every such file begins with


class ScalarLog:
    """One event file. TensorBoard's own writer has a thread, whose errors nobody can catch."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"
        self.records = RecordWriter((folder / name).open("wb"))
        self.records.write(Event(wall_time=time.time(), file_version=VERSION).SerializeToString())

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Some figures by name."""
        points = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=points))
        self.records.write(event.SerializeToString())
        self.records.flush()
