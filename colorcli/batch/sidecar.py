"""The file of hints beside a photograph, in which a person says what its colours are."""

from collections.abc import Iterable
from hashlib import sha256

from colorcli.batch.place import Fetched, Member, Place, Source, Url, at_hand, is_there
from colorcli.errors import PhotoError
from colorcli.guided import Hint, files
from colorcli.guided.files import SUFFIX
from colorcli.images.source import cause_of


def is_sidecar(path: str) -> bool:
    """Whether it is the name of one."""
    return path.endswith(SUFFIX)


def beside(photograph: Place) -> Place | None:
    """The one of a photograph that was named; a web server is not asked, for it has no folders."""
    if isinstance(photograph, Url) and photograph.address.startswith("http"):
        return None
    candidate = photograph.with_name(photograph.name + SUFFIX)
    return candidate if is_there(candidate) else None


def among(members: Iterable[Member]) -> dict[str, Member]:
    """Those of a tar, by the photographs' names."""
    return {one.path.removesuffix(SUFFIX): one for one in members if is_sidecar(one.path)}


def read(source: Source | None) -> tuple[Hint, ...]:
    """Its hints; none where there is no file."""
    if source is None:
        return ()
    try:
        content = _content(source)
    except PhotoError as error:
        raise PhotoError(f"{source}: {error.message}", error.hint) from error
    return files.read(content, str(source))


def digest(source: Source | None) -> str:
    """The sha256 as it is now; "" where there is no file, or none that can be read."""
    try:
        return sha256(_content(source)).hexdigest() if source else ""
    except PhotoError:
        return ""


def _content(source: Source) -> bytes:
    here = at_hand(source)
    try:
        return here.content if isinstance(here, Fetched) else here.read_bytes()
    except OSError as error:
        raise PhotoError(f"it cannot be read: {cause_of(error)}") from error
