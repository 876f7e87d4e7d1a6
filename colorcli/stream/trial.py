"""A trial before the first frame, lest a night's work end in a refusal: two frames go the whole way."""

from dataclasses import dataclass, replace
from pathlib import Path

from colorcli.errors import ColorcliError, PhotoError, UsageError
from colorcli.files import write_through
from colorcli.stream.codecs import Storage
from colorcli.stream.ffmpeg import RefusedError
from colorcli.stream.probe import Companion, Film
from colorcli.stream.transcode import Span, decoding, encoding, join

_FRAMES = 2
_SECONDS = 1.0  # of sound and subtitles
_KINDS = {"audio": "sound", "subtitle": "subtitles", "attachment": "attachment"}
_SPAN_HINT = "--start and --end are counted from its beginning"


@dataclass(frozen=True)
class Trial:
    """What is tried, in a folder where the film will be made."""

    film: Film
    span: Span
    storage: Storage
    target: Path
    folder: Path

    def run(self) -> None:
        """A refusal says what does not fit, and what would."""
        frames = self._first_frames()
        with encoding(self._part, self.storage, self.target) as sink:
            write_through(sink, frames)
        try:
            self._join(self.film.companions)
        except RefusedError as error:
            raise self._refusal(error) from error
        except PhotoError as error:
            raise error.about(str(self.target)) from error
        self._part.unlink()
        self._whole.unlink()

    @property
    def _part(self) -> Path:
        return self.folder / "trial.nut"

    @property
    def _whole(self) -> Path:
        return self.folder / f"trial{self.target.suffix.lower()}"

    def _first_frames(self) -> bytes:
        """As yuv4mpeg."""
        with decoding(self.film, self.span, most=_FRAMES) as process:
            frames = process.stdout.readall()
            process.finish()
        if b"\nFRAME" not in frames:
            hint = "" if self.span == Span() else _SPAN_HINT
            raise PhotoError(f"{self.film.path}: there is not one frame in it", hint)
        return frames

    def _join(self, companions: tuple[Companion, ...]) -> None:
        end = self.span.start + _SECONDS
        short = Span(self.span.start, min(end, self.span.end or end))
        film = replace(self.film, companions=companions)
        join([self._part], [_FRAMES], film, short, self.storage, self._whole)

    def _refusal(self, error: RefusedError) -> ColorcliError:
        """Names the streams that the container cannot hold."""
        name = f"{self.target}: {self.target.suffix} cannot hold"
        if self._fails(()):
            return UsageError(f"{name} {self.storage.codec}", f"choose another --codec ({error.message})")
        culprits = [one for one in self.film.companions if self._fails((one,))]
        if not culprits:
            return error.about(str(self.target))
        names = ", ".join(f"{_KINDS[one.kind]} ({one.codec}, stream {one.index})" for one in culprits)
        other = "name the film .mkv" if self.target.suffix.lower() != ".mkv" else "convert it"
        return UsageError(f"{name} its {names}", f"{other}, or copy the film without it by ffmpeg first")

    def _fails(self, companions: tuple[Companion, ...]) -> bool:
        try:
            self._join(companions)
        except RefusedError:
            return True
        return False
