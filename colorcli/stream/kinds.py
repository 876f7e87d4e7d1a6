"""Which kind of stream it is, told by the user or by its first bytes."""

from collections.abc import Iterator
from dataclasses import dataclass

from colorcli.color.lab import Floats
from colorcli.colorizer import Colorizer
from colorcli.errors import UsageError
from colorcli.images import EncodeOptions
from colorcli.limits import MAX_PIXELS
from colorcli.stream.frame import Frame, Kind
from colorcli.stream.intake import Intake
from colorcli.stream.pictures import Pictures
from colorcli.stream.raw import LAYOUTS, Raw
from colorcli.stream.y4m import MAGIC, Y4m


@dataclass(frozen=True)
class Form:
    """What the user says of a stream and its result."""

    name: str = "auto"  # y4m, pictures, a layout of raw frames, or auto for one of the first two
    size: tuple[int, int] | None = None  # width and height of raw frames
    matrix: str | None = None  # of y4m: 601 or 709
    chroma: str | None = None  # of y4m: 420, 422 or 444
    quality: int | None = None  # of JPEG
    max_pixels: int = MAX_PIXELS


def kind_of(form: Form, colorizer: Colorizer) -> Kind:
    """What reads and writes such a stream."""
    if form.name in LAYOUTS:
        if form.size is None:
            raise UsageError(f"--format {form.name} does not tell the size of the frames", "add --size WxH")
        if form.size[0] * form.size[1] > form.max_pixels:
            raise UsageError(
                f"--size {form.size[0]}x{form.size[1]} has more pixels than the limit",
                "raise it with --max-pixels if that is true",
            )
        return Raw(form.name, *form.size, colorizer.threads)
    video = Y4m(form.max_pixels, form.matrix, form.chroma)
    options = EncodeOptions(quality=form.quality, provenance=colorizer.provenance)
    pictures = Pictures(options, form.max_pixels, colorizer.threads)
    kinds: dict[str, Kind] = {"y4m": video, "pictures": pictures, "auto": _Sniffed(video, pictures)}
    return kinds[form.name]


class _Sniffed:
    """yuv4mpeg if it begins like that, else pictures."""

    def __init__(self, video: Kind, pictures: Kind) -> None:
        self._video = video
        self._kind = pictures

    def frames(self, intake: Intake) -> Iterator[bytes]:
        if intake.peek(len(MAGIC)) == MAGIC:
            self._kind = self._video
        return self._kind.frames(intake)

    def start(self) -> bytes:
        return self._kind.start()

    def decode(self, data: bytes) -> Frame:
        return self._kind.decode(data)

    def encode(self, frame: Frame, lightness: Floats, ab: Floats) -> bytes:
        return self._kind.encode(frame, lightness, ab)
