"""A film from file to file, in parts: what is finished survives a crash, and the next run goes on there."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path

from colorcli.colorizer import FIRST_PROCESSING, PROCESSING, Colorizer
from colorcli.errors import PhotoError, UsageError
from colorcli.files import write_through
from colorcli.stream import ffmpeg
from colorcli.stream.pipeline import StreamSettings, coloured
from colorcli.stream.y4m import Y4m

PART_FRAMES = 250  # a crash costs so many at most; each part begins with a key frame
_MOST_PIXELS = 1 << 26  # of a frame


@dataclass(frozen=True)
class Plan:
    """What is to be done; a folder of parts holds only parts of one and the same."""

    source: Path
    target: Path
    settings: StreamSettings
    quality: int = 16  # the encoder's -crf: lower is better and larger
    overwrite: bool = False

    @property
    def folder(self) -> Path:
        """Where the parts are kept until the film is whole."""
        return self.target.with_name(f"{self.target.name}.parts")


def colour(plan: Plan, film: ffmpeg.Film, colorizer: Colorizer) -> Iterator[int]:
    """Colours the film; yields the number of each frame, at once for those of an earlier run."""
    _refuse(plan)
    finished = _open_folder(plan, colorizer)
    yield from range(1, len(finished) * PART_FRAMES + 1)
    chroma = "420" if film.pixel_format.startswith("gray") else None  # what players can show
    kind = Y4m(_MOST_PIXELS, film.matrix, chroma)
    with ffmpeg.decoding(film, len(finished) * PART_FRAMES) as source:
        frames = coloured(kind, colorizer, plan.settings, source)
        for first in frames:
            part = plan.folder / f"{len(finished):06}.mkv"
            for number, _ in enumerate(
                _write(plan, part, kind, chain([first], islice(frames, PART_FRAMES - 1))), 1
            ):
                yield len(finished) * PART_FRAMES + number
            finished.append(part)
    if not finished:
        raise PhotoError(f"{plan.source}: there is not one frame in it")
    whole = plan.folder / f"whole{plan.target.suffix}"
    ffmpeg.join(finished, film, whole)
    whole.replace(plan.target)
    shutil.rmtree(plan.folder)


def _write(plan: Plan, part: Path, kind: Y4m, frames: Iterator[bytes]) -> Iterator[None]:
    """A part under its name once it is whole."""
    unfinished = plan.folder / "unfinished.mkv"
    with ffmpeg.encoding(unfinished, _codec(plan, kind)) as sink:
        write_through(sink, kind.start())
        for data in frames:
            write_through(sink, data)
            yield
    unfinished.replace(part)


def _codec(plan: Plan, kind: Y4m) -> list[str]:
    space = {"601": "smpte170m", "709": "bt709"}[kind.used_matrix]
    if plan.target.suffix.lower() == ".webm":
        encoder = ["-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1"]
    else:
        encoder = ["-c:v", "libx264"]
    return [*encoder, "-crf", str(plan.quality), "-colorspace", space]


def _refuse(plan: Plan) -> None:
    if plan.target.exists() and not plan.overwrite:
        raise PhotoError(f"{plan.target}: it exists already", "use --overwrite to replace it")
    if plan.target.exists() and plan.target.samefile(plan.source):
        raise UsageError(
            f"{plan.target} is the film itself, which is never overwritten", "choose another name"
        )
    if not plan.target.suffix:
        raise UsageError(f"{plan.target}: its ending does not say the format", "write for example new.mp4")


def _open_folder(plan: Plan, colorizer: Colorizer) -> list[Path]:
    """The finished parts of an earlier run of this very plan; those of another are removed."""
    about = plan.source.stat()
    ours = {
        "source": [str(plan.source.absolute()), about.st_size, about.st_mtime_ns],
        "processing": PROCESSING,
        "model": colorizer.model.sha256,
        "settings": asdict(plan.settings),
        "quality": plan.quality,
    }
    note = plan.folder / "plan.json"
    if plan.folder.exists() and (not note.exists() or _noted(note) != ours):
        shutil.rmtree(plan.folder)
    plan.folder.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(ours), "utf-8")
    return sorted(plan.folder.glob("[0-9]*.mkv"))


def _noted(note: Path) -> object:
    """The plan that a folder of parts was made by; one without a number is older than the numbers."""
    return {"processing": FIRST_PROCESSING} | json.loads(note.read_text("utf-8"))
