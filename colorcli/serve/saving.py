"""Colouring by the very code of `colorcli colorize`: bytes for bytes, or a photograph and its hints saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from colorcli.archive import sidecar
from colorcli.archive.jobs import STDIN_NAME, Job, PhotoSettings
from colorcli.archive.worker import Worker
from colorcli.colorizer import Colorizer
from colorcli.errors import PhotoError
from colorcli.guided import Hint
from colorcli.guided.files import to_json
from colorcli.serve.shelf import Photograph, hints_beside

_AGAIN = "save once more to replace it"


class ExistsError(PhotoError):
    """What would be replaced was not made by this page; the person has to say so."""


@dataclass(frozen=True)
class Asked:
    """How a photograph is to be coloured."""

    settings: PhotoSettings
    variant: int = 0  # its number, where `settings` speaks of several


def colour(colorizer: Colorizer, content: bytes, asked: Asked) -> bytes:
    """What `colorcli colorize - < content` writes."""
    result = BytesIO()
    worker = Worker(colorizer, asked.settings, stdin=BytesIO(content), stdout=result)
    outcome = worker.do(Job(None, None, None, variant=asked.variant))
    if outcome.error:
        raise type(outcome.error)(outcome.error.message.removeprefix(f"{STDIN_NAME}: "), outcome.error.hint)
    return result.getvalue()


def save(
    colorizer: Colorizer, photograph: Photograph, hints: Sequence[Hint], asked: Asked, known: str | None
) -> dict[str, object]:
    """Write the result and the hints beside the photograph; what to tell of it.

    `known` is the sha256 of the file of hints that the page was opened with, "" if there was none; None
    replaces whatever is there.
    """
    assert photograph.job is not None  # what was dropped has no place for a result
    if known is not None and sidecar.digest(hints_beside(photograph)) != known:
        raise ExistsError(f"{photograph.hints.name} has changed since the photograph was opened", _AGAIN)
    settings = replace(asked.settings, coloured="recolor", hints=tuple(hints), overwrite=known is None)
    job = replace(photograph.job, variant=asked.variant)
    outcome = Worker(colorizer, settings, [photograph.path]).do(job)
    if outcome.error:
        raise outcome.error
    if outcome.status == "skipped":
        raise ExistsError(f"{job.target.name if job.target else 'the result'} is there already", _AGAIN)
    if hints:
        photograph.hints.write(to_json(tuple(hints)))
    else:
        photograph.hints.remove()
    return {
        "output": Path(outcome.output or "").name,
        "notes": outcome.notes,
        "hintsSha256": sidecar.digest(hints_beside(photograph)),
    }
