"""Files of photographs in colour whose colours others take on: read before anything is begun."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from colorcli import images
from colorcli.archive.storage.locate import locate
from colorcli.archive.storage.location import content
from colorcli.color.lab import Pixels
from colorcli.errors import PhotoError, UnreachableError, UsageError, about
from colorcli.guided.references import check_colour


@dataclass(frozen=True)
class ReferenceFile:
    """A file of a photograph in colour, with its bytes: wherever these are sent, nothing else is needed."""

    name: str
    sha256: str
    data: bytes = field(repr=False)
    max_pixels: int = field(repr=False, compare=False)  # that it may have

    @property
    def pixels(self) -> Pixels:
        """Those of its first page."""
        return images.decode(self.data, self.max_pixels).pages[0].pixels

    @classmethod
    def of(cls, name: str, data: bytes, max_pixels: int) -> "ReferenceFile":
        """From its bytes, which have to be those of a photograph in colour."""
        file = cls(name, sha256(data).hexdigest(), data, max_pixels)
        check_colour(file.pixels)
        return file

    def __str__(self) -> str:
        return f"{self.name} (sha256:{self.sha256})"


def read(names: Sequence[str], max_pixels: int) -> tuple[ReferenceFile, ...]:
    """The files of these names; one that is given twice counts once."""
    found = [read_one(name, "reference", max_pixels) for name in names]
    return tuple({one.sha256: one for one in found}.values())


def read_one(name: str, role: str, max_pixels: int) -> ReferenceFile:
    """The file of this name; an error says what it was to be."""
    location = locate(name)
    try:
        with about(f"the {role} {location}"):
            return ReferenceFile.of(location.name, content(location), max_pixels)
    except UnreachableError:
        raise
    except PhotoError as error:
        raise UsageError(error.message, error.hint) from error
