"""Records in files of one batch each, each with its checksum; a file is written whole or not at all."""

import logging
from pathlib import Path

import numpy as np

from colorcli.errors import PhotoError
from colorcli.files import whole_file
from colorcli.training.features.quantized import CHECK, Records, checksum

_LOG = logging.getLogger("colorcli")
SUFFIX = ".bin"


class FeatureStore:
    """Files of `rows` records each, numbered from 0 on, of which `room` bytes hold the first ones."""

    def __init__(self, folder: Path, record: np.dtype[np.void], rows: int, room: int) -> None:
        self.folder, self.record, self.rows = folder, record, rows
        self.full = False  # the disk is
        files = list(folder.glob(f"*{SUFFIX}"))
        beside = sum(path.stat().st_size for path in folder.glob("*") if path not in files)
        self.capacity = max(0, room - beside) // (rows * record.itemsize)
        for path in files:
            if int(path.stem) >= self.capacity:
                path.unlink(missing_ok=True)

    def takes(self, number: int) -> bool:
        """Whether there is a place for this file."""
        return number < self.capacity and not self.full

    def read(self, number: int) -> Records | None:
        """All records of a file; None if it is not there, or damaged."""
        return self._read(number, 0, self.rows)

    def read_one(self, number: int, slot: int) -> np.void | None:
        """One record of a file; None if it is not there, or damaged."""
        records = self._read(number, slot, 1)
        return None if records is None else records[0]

    def write(self, number: int, records: Records) -> None:
        """Keep the records of one file, if there is room for it."""
        if not self.takes(number):
            return
        for record in records:
            record[CHECK] = checksum(record)
        try:
            with whole_file(self._path(number), overwrite=True) as part:
                part.write_bytes(records.tobytes())
        except PhotoError as error:
            if not self.full:
                _LOG.warning(f"{self.folder}: no more features are kept: {error.message}")
            self.full = True

    def _read(self, number: int, first: int, count: int) -> Records | None:
        offset = first * self.record.itemsize
        try:
            records = np.fromfile(self._path(number), self.record, count, offset=offset)
        except OSError:
            return None
        whole = len(records) == count and all(record[CHECK] == checksum(record) for record in records)
        return records if whole else None

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:07}{SUFFIX}"
