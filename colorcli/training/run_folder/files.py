"""Files of a run are written beside their place and moved there: each is old or new, never half."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colorcli.errors import ModelError, PhotoError, cause_of
from colorcli.files import TEMPORARY_PREFIX, whole_file

ADVICE = "What was written before is whole; make room, then go on with `colorcli train --resume`."


@contextmanager
def whole_run_file(path: Path) -> Iterator[Path]:
    """Gives a temporary path to write to, which then takes the place of `path`."""
    try:
        with whole_file(path, overwrite=True) as part:
            yield part
    except PhotoError as error:
        raise ModelError(f"{path}: {error.message}", ADVICE) from error


@contextmanager
def errors_named(path: Path) -> Iterator[None]:
    """Within the block something is written below `path`, bit by bit."""
    try:
        yield
    except OSError as error:
        raise ModelError(f"{path}: it could not be written: {cause_of(error)}", ADVICE) from error


def sweep_run(run: Path) -> None:
    """Remove what a killed process had begun to write."""
    for part in run.glob(f"{TEMPORARY_PREFIX}*.part"):
        part.unlink(missing_ok=True)
