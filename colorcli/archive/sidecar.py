"""The file of hints beside a photograph, in which a person says what its colours are."""

from collections.abc import Iterable
from hashlib import sha256

from colorcli.archive.storage.extensions import is_sidecar
from colorcli.archive.storage.location import Location, Source, content
from colorcli.archive.storage.tar import Member
from colorcli.errors import PhotoError, UnreachableError, about
from colorcli.guided import Hint, files
from colorcli.guided.files import SUFFIX


def beside(photograph: Location) -> Location | None:
    """The one of a photograph that was named; a web server is not asked, for it has no folders.

    Where a server does not answer, it may be there: reading the photograph will tell.
    """
    if photograph.full_name().startswith(("http:", "https:")):
        return None
    candidate = photograph.with_name(photograph.name + SUFFIX)
    try:
        return candidate if candidate.is_there() else None
    except UnreachableError:
        return candidate


def among(members: Iterable[Member]) -> dict[str, Member]:
    """Those of a tar, by the photographs' names."""
    return {one.path.removesuffix(SUFFIX): one for one in members if is_sidecar(one.path)}


def read(source: Source | None, max_pixels: int) -> tuple[Hint, ...]:
    """Its hints; none where there is no file."""
    if source is None:
        return ()
    with about(str(source)):
        data = content(source)
    return files.read(data, str(source), max_pixels)


def digest(source: Source | None) -> str:
    """The sha256 as it is now; "" where there is no file, or none that can be read."""
    try:
        return sha256(content(source)).hexdigest() if source else ""
    except PhotoError:
        return ""
