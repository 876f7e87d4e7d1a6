"""Text without the credentials in it: what is said of a server goes through here, and nothing else does."""

import os
import re
from urllib.parse import unquote

HIDDEN = "***"
_SHORTEST = 6  # characters of a secret: a shorter one would be found in the middle of ordinary words
_VARIABLES = re.compile(r"(AWS|AZURE|GCP|GOOGLE|FSSPEC)_.*(KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL)")
# NAME:PASSWORD@ after the protocol; a password may have a / in it, but what is a port and a path is none.
_USER = re.compile(r"(?<=://)(?:[^/\s'\"]*|[^@/:\s'\"]*:(?!\d+/)[^@\s'\"]*)@")
_QUERY = re.compile(r"(?<=\?)[^\s'\"<>]*=[^\s'\"<>]*")
_SETTING = re.compile(
    r"((?:signature|credential|token|secret|password|passwd|access_?key(?:_?id)?)[\"']?\s*[=:]\s*)[^\s&,;)]+",
    re.IGNORECASE,
)


def user_of(address: str) -> str:
    """NAME:PASSWORD of an address; nothing where it has none."""
    found = _USER.search(address)
    return found.group()[:-1] if found else ""


def redact(text: str, user: str = "") -> str:
    """The text without the credentials of addresses, queries, the environment and `user` (NAME:PASSWORD)."""
    parts = {part for whole in user.split(":") for part in (whole, unquote(whole))} if ":" in user else set()
    for secret in sorted(parts | _from_environment(), key=len, reverse=True):
        if len(secret) < _SHORTEST:
            break
        text = text.replace(secret, HIDDEN)
    text = _USER.sub(f"{HIDDEN}@", text)
    text = _QUERY.sub(HIDDEN, text)
    return _SETTING.sub(rf"\g<1>{HIDDEN}", text)


def _from_environment() -> set[str]:
    return {value for name, value in os.environ.items() if _VARIABLES.match(name)}
