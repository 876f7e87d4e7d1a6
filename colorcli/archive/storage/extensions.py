"""What the end of a name says: an image, a film, a tar archive, a file of hints, or nothing."""

from pathlib import Path

from colorcli.guided.files import SUFFIX
from colorcli.images import format_of_path

TAR = ".tar"
_FILMS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mxf", ".webm")
_READ_ONLY_SUFFIXES = (".pgm", ".pbm")  # grey by definition, so no result has them


def is_tar(path: str) -> bool:
    return path.lower().endswith(TAR)


def is_film(path: str) -> bool:
    return path.lower().endswith(_FILMS)


def is_sidecar(path: str) -> bool:
    """Whether it is a file of hints that belongs to the photograph beside it."""
    return path.endswith(SUFFIX)


def known_extension(path: Path) -> str:
    """The extension if an image format has it: of scan.1890 all is name."""
    known = format_of_path(path) or path.suffix.lower() in _READ_ONLY_SUFFIXES
    return path.suffix if known else ""
