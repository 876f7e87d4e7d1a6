"""What a name means: a file of this machine, or one on a server."""

import re

from colorcli.archive.storage import remote
from colorcli.archive.storage.local import LocalPath
from colorcli.archive.storage.location import Location
from colorcli.archive.storage.url import Url

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def locate(text: str) -> Location:
    """The location that the user, or a line of a journal, names."""
    if not _URL.match(text):
        return LocalPath(text)
    if text.lower().startswith("file://"):
        return LocalPath(text[len("file://") :])
    protocol, _, rest = text.partition("://")
    address = f"{protocol.lower()}://{rest.rstrip('/')}"
    remote.check(address)
    return Url(address)
