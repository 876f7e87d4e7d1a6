"""A running server, and what programs ask it."""

import json
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TOKEN = "a secret/of=ours"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.content)


@dataclass
class Server:
    """A process, and the address that it printed."""

    process: "subprocess.Popen[bytes]"
    address: str

    @property
    def root(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def port(self) -> int:
        port = urlsplit(self.root).port
        assert port is not None
        return port

    def ask(self, path: str, body: bytes | None = None, token: str | None = TOKEN, **headers: str) -> Answer:
        """An answer, also one that refuses; header names have _ for -."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            said["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.root + path, body, said)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def key_of(self, name: str) -> str:
        """What the server calls a photograph."""
        found = self.ask("/api/photographs").said["photographs"]
        return next(str(one["key"]) for one in found if one["name"] == name)
