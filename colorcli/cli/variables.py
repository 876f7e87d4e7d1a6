"""Environment variables that look like colorcli's and are none: most likely somebody misspelt one."""

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

PREFIX = "COLORCLI_"


def warn_of_unknown(command: Any) -> None:
    """Name those that no command has, each with the one that was perhaps meant."""
    unknown = {name for name in os.environ if name.startswith(PREFIX)} - set(_of(command))
    if not unknown:
        return
    known = {name.removeprefix(PREFIX) for name in _all()}  # by what tells them apart
    for name in sorted(unknown):
        if name.removeprefix(PREFIX) not in known:
            _warn(name, get_close_matches(name.removeprefix(PREFIX), known, 1))


def _warn(name: str, near: list[str]) -> None:
    from colorcli.cli.console import Console

    hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
    Console.open().warn(f"no option has the environment variable {name}{hint}")


def _all() -> Iterator[str]:
    """Those of all commands; each command's module has to be loaded for that."""
    from colorcli.cli.main import COMMANDS, load
    from colorcli.inference.model import FOLDER_VARIABLE

    yield FOLDER_VARIABLE
    for name in COMMANDS:
        yield from _of(load(name))


def _of(command: Any) -> Iterator[str]:
    for param in command.params:
        names: str | Iterable[str] = getattr(param, "envvar", None) or ()
        yield from [names] if isinstance(names, str) else names
    for child in getattr(command, "commands", {}).values():
        yield from _of(child)
