"""One photograph from its file to its result; every way of running many uses this."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import count
from pathlib import Path
from stat import S_ISCHR, S_ISFIFO, S_ISREG
from typing import BinaryIO

import cv2

from colorcli import files, images
from colorcli.archive import certainty, sidecar
from colorcli.archive.jobs import IN_COLOUR, Job, Outcome, PhotoSettings
from colorcli.archive.reference import ReferenceFile
from colorcli.archive.storage.location import Location, Source, fingerprint_of, mode_of
from colorcli.color.coloured import ColourKind, kind_of
from colorcli.colorizer import Colorizer
from colorcli.errors import ColorcliError, PhotoError, UsageError, about, cause_of
from colorcli.files import PERMISSIONS, Fingerprint, whole_file, write_into, write_through
from colorcli.guided import Guide, Hint
from colorcli.images import EncodeOptions, Format, Page, Picture, Pixels, Provenance, format_of_path
from colorcli.memory import give_back

TIDY_EVERY = 50  # photographs: costs a few ms


class Worker:
    """Does jobs with one colorizer, from any thread; none of `inputs` is ever replaced by a result."""

    def __init__(
        self,
        colorizer: Colorizer,
        settings: PhotoSettings,
        inputs: Iterable[Source] = (),
        stdin: BinaryIO | None = None,
        stdout: BinaryIO | None = None,
    ) -> None:
        self._colorizer = colorizer
        self._settings = settings
        self._references = {colorizer.reference(one.pixels): one for one in settings.references}
        self._encoding = replace(settings.encoding, provenance=colorizer.provenance)
        self._paths = inputs
        self._stdin = stdin
        self._stdout = stdout
        self._turns = count(1)  # of all threads

    def do(self, job: Job) -> Outcome:
        """What came of it; a photograph that fails is an outcome too."""
        started = time.perf_counter()
        outcome = self._attempt(job, self._colour)
        seconds = time.perf_counter() - started
        if next(self._turns) % TIDY_EVERY == 0:
            give_back()
        return replace(outcome, seconds=seconds, provider=self._colorizer.model.provider)

    def do_for_journal(self, job: Job) -> Outcome:
        """The same, with the fingerprints of the photograph and of its result."""
        return self._attempt(job, self._do_for_journal)

    def _do_for_journal(self, job: Job) -> Outcome:
        before = None
        if job.source is not None:
            with about(job.name):
                source = job.source.fetch_if_remote()
            job, before = replace(job, source=source), source.fingerprint()
        told = sidecar.digest(job.hints)  # before the work: what changes meanwhile is seen by the next run
        outcome = self.do(job)
        if outcome.output and job.target and job.target.local_path:
            outcome = replace(outcome, after=files.fingerprint(Path(outcome.output)))
        return replace(outcome, before=before, hints_sha256=told)

    @cached_property
    def _inputs(self) -> set[object]:
        """The photographs of the run by their identities, looked up where a result would replace a file."""
        return {path.identity() for path in self._paths} - {None}

    def _attempt(self, job: Job, work: Callable[[Job], Outcome]) -> Outcome:
        try:
            return replace(work(job), job=job)
        except BrokenPipeError:
            raise  # nobody reads any more
        except ColorcliError as error:
            failure = error
        except MemoryError as error:
            failure = PhotoError(
                f"{job.name}: not enough memory", "close other programs or use a larger machine"
            )
            failure.__cause__ = error
        except Exception as error:
            failure = ColorcliError(f"{job.name}: internal error: {type(error).__name__}: {error}")
            failure.hint = "this is a bug in colorcli: run it again with -v and report what it says"
            failure.__cause__ = error
        return Outcome(job.name, None, "failed", error=failure, job=job)

    def _colour(self, job: Job) -> Outcome:
        if self._keeps(job, job.target):
            return Outcome(job.name, str(job.target), "skipped")
        with about(job.name):
            source = self._source(job)
            most = self._settings.max_pixels
            picture = images.decode(source, most)
            hints = (*sidecar.read(job.hints, most), *self._settings.hints)
        kinds = [kind_of(page.pixels) for page in picture.pages]
        keep = self._keeps_colour(job, hints)
        kept = [keep and kind is ColourKind.COLOUR for kind, _ in kinds]
        done = self._pass_on(job, picture, source) if all(kept) else self._paint(job, picture, hints, kept)
        return replace(done, kind=kinds[0][0], kind_doubtful=any(doubtful for _, doubtful in kinds))

    def _keeps_colour(self, job: Job, hints: Sequence[Hint]) -> bool:
        """Whether pages in colour stay as they are; who gives hints or wants variants wants new colour."""
        steered = hints or job.variant or self._settings.certainty
        return self._settings.coloured == "keep" and not steered

    def _paint(self, job: Job, picture: Picture, hints: Sequence[Hint], kept: Sequence[bool]) -> Outcome:
        """Deliver it in new colour, but for the pages that are kept."""
        with about(job.name):
            encoding = replace(self._encoding, format=self._format(job, picture))
            target = job.target_for(encoding.format or picture.format)
            if target != job.target and self._keeps(job, target):
                return Outcome(job.name, str(target), "skipped", _size(picture))
            notes = images.notes(picture, encoding)  # refuses what cannot be written before the work is done
            look, references = self._settings.look_of(job), tuple(self._references)
            sure = job.certainty or self._settings.certainty
            seen = self._colorizer.see(picture.pages[0].pixels, look) if sure else None
            result, used = self._colorizer.guided_picture(picture, look, hints, references, seen)
            guided_by = tuple(self._references[one] for one in used)
            encoding = replace(encoding, provenance=self._provenance(hints, guided_by))
            doubtful = self._doubtful(job, sure, seen) if sure and seen else None
        result = _with_pages_of(picture, result, kept)
        if self._settings.compare:
            result = side_by_side(picture, result)
        after = self._save(job, target, result, encoding)
        output = str(target) if target else None
        outcome = Outcome(job.name, output, "ok", _size(picture), notes, after=after)
        unlike = tuple(one for one in self._references.values() if one not in guided_by)
        return replace(outcome, hints=len(hints), doubtful=doubtful, references=guided_by, unlike=unlike)

    def _provenance(self, hints: Sequence[Hint], references: Sequence[ReferenceFile]) -> Provenance:
        names = tuple(map(str, references))
        return replace(self._colorizer.provenance, hints=len(hints), references=names)

    def _save(
        self, job: Job, target: Location | None, picture: Picture, encoding: EncodeOptions
    ) -> Fingerprint | None:
        return self._deliver(
            job,
            target,
            lambda path: images.write(picture, path, encoding),
            lambda: images.encode(picture, encoding),
        )

    def _doubtful(self, job: Job, path: Path, seen: Guide) -> float:
        """Write the picture of how sure the model is of the first page; the share that is doubtful."""
        if files.identity(path) in self._inputs:
            raise UsageError(f"{path} is one of the photographs", "choose another folder for --certainty")
        return certainty.write(seen.certainty(), path, self._settings.overwrite or path == job.certainty)

    def _keeps(self, job: Job, target: Location | None) -> bool:
        """Whether an earlier result stays as it is; one that would replace a photograph is an error."""
        if target is None or not S_ISREG(mode_of(target)):
            return False
        overwrite = self._overwrites(job)
        if (job.extension is None or overwrite) and target.identity() in self._inputs:
            raise UsageError(
                f"{job.name}: {target} is one of the photographs, and those are never overwritten",
                "choose another name with -o or --suffix",
            )
        return not overwrite

    def _overwrites(self, job: Job) -> bool:
        return self._settings.overwrite or job.replace

    def _source(self, job: Job) -> bytes | Path:
        """A path, or the bytes of what can be read only once."""
        if job.source is None:
            assert self._stdin is not None  # whoever plans a job for stdin hands it over
            try:
                return self._stdin.read()
            except OSError as error:
                raise PhotoError(f"it cannot be read: {cause_of(error)}") from error
        source = job.source.data()
        if isinstance(source, bytes):
            return source
        mode = files.mode_of(source)
        if S_ISCHR(mode):
            raise PhotoError("it is a device, not a photograph")
        return source.read_bytes() if S_ISFIFO(mode) else source

    def _format(self, job: Job, picture: Picture) -> Format:
        """--format, else what a name chosen by the user says, else the photograph's own."""
        named = format_of_path(Path(job.target.name)) if job.target and job.extension is None else None
        return self._encoding.format or named or picture.format

    def _pass_on(self, job: Job, picture: Picture, source: bytes | Path) -> Outcome:
        """Deliver a photograph that is in colour already: byte for byte, or in another format if asked."""
        encoding = replace(self._encoding, format=self._format(job, picture), provenance=None)
        target = job.target_for(encoding.format or picture.format)
        if target != job.target and self._keeps(job, target):
            return Outcome(job.name, str(target), "skipped", _size(picture))
        notes: tuple[str, ...] = (IN_COLOUR,)
        if _differs(picture, encoding):
            with about(job.name):
                notes += images.notes(picture, encoding)
            after = self._save(job, target, picture, encoding)
        elif isinstance(source, Path):
            after = self._deliver(job, target, lambda path: shutil.copyfile(source, path), source.read_bytes)
        else:
            after = self._deliver(job, target, lambda path: path.write_bytes(source), lambda: source)
        output = str(target) if target else None
        return Outcome(job.name, output, "passed", _size(picture), notes, after=after)

    def _deliver(
        self, job: Job, target: Location | None, save: Callable[[Path], object], data: Callable[[], bytes]
    ) -> Fingerprint | None:
        """Through a temporary file into the target's place, to a server, or straight into a pipe or device.

        What a server has got is known by its bytes; a file can be looked at later.
        """
        with about("stdout" if target is None else str(target)):
            if target is None:
                assert self._stdout is not None  # as above
                write_through(self._stdout, data())
            elif not (path := target.local_path):
                content = data()
                target.write(content)
                return fingerprint_of(content)
            elif (mode := mode_of(target)) and not S_ISREG(mode):
                write_into(path, data())
            else:
                _refuse_way_out(job, path)
                self._replace(job, Path(os.path.realpath(path)), save)
        return None

    def _replace(self, job: Job, target: Path, save: Callable[[Path], object]) -> None:
        source = job.source
        status = mode_of(source) if source and source.local_path else 0
        mode = status & PERMISSIONS if S_ISREG(status) else None
        with whole_file(target, self._overwrites(job), mode) as part:
            save(part)
            if source and self._settings.preserve_times:
                times = source.stat()
                os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))


def _refuse_way_out(job: Job, path: Path) -> None:
    """Raise where a name that we chose is a link out of its folder; one that the user named is followed."""
    named = job.extension is None
    if not named and os.path.realpath(path.parent) != os.path.dirname(os.path.realpath(path)):  # noqa: PTH120
        raise PhotoError("it is a link that leads elsewhere", "remove it, or give another folder")


def side_by_side(before: Picture, after: Picture) -> Picture:
    """The result with every page twice as wide: the photograph as it was, then in colour."""
    pages = tuple(
        Page(
            cv2.hconcat([_rgb(old.pixels), new.pixels]),
            None if new.alpha is None else cv2.hconcat([new.alpha, new.alpha]),
        )
        for old, new in zip(before.pages, after.pages, strict=True)
    )
    return replace(after, pages=pages)


def _rgb(pixels: Pixels) -> Pixels:
    rgb: Pixels = cv2.merge([pixels] * 3) if pixels.ndim == 2 else pixels
    return rgb


def _with_pages_of(before: Picture, after: Picture, kept: Sequence[bool]) -> Picture:
    """The result with the pages that are kept as they were."""
    pages = (old if keep else new for old, new, keep in zip(before.pages, after.pages, kept, strict=True))
    return replace(after, pages=tuple(pages))


def _differs(picture: Picture, encoding: EncodeOptions) -> bool:
    """Whether what was asked for is another file than the photograph's own."""
    first = picture.pages[0]
    return (
        encoding.format is not picture.format
        or encoding.metadata == "none"
        or encoding.depth not in (None, first.pixels.itemsize * 8)
        or (encoding.flatten and first.alpha is not None)
    )


def _size(picture: Picture) -> tuple[int, int]:
    height, width = picture.pages[0].pixels.shape[:2]
    return width, height
