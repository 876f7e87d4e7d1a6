"""Environment variables: each is of one option, and one that is misspelt is told of."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from colorcli.cli.main import COMMANDS, load

from .helpers import Run, is_coloured


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("COLORCLI_FROMAT", "COLORCLI_FORMAT"), ("COLORCLI_FILM_CODECS", "COLORCLI_FILM_CODEC")],
)
def test_a_misspelt_variable_is_named_once(here: Run, photo: Path, misspelt: str, meant: str) -> None:
    done = here("colorize", "old.jpg", settings={misspelt: "png", "COLORCLI_PORT": "8000"})
    assert done.returncode == 0
    said = f"no option has the environment variable {misspelt}; did you mean {meant}?"
    assert done.stderr.decode().count(said) == 1
    assert done.stderr.count(b"environment variable") == 1
    assert is_coloured(photo.with_name("old.color.jpg"))
    quiet = here("colorize", "old.jpg", "-q", "--overwrite", settings={misspelt: "png"})
    assert quiet.stderr == b""


def test_a_variable_for_one_command_does_not_stop_another(run: Run, photo: Path) -> None:
    done = run("stream", "--no-temporal", stdin=photo.read_bytes(), settings={"COLORCLI_FORMAT": "png"})
    assert done.returncode == 0
    assert done.stderr == b""


def _options(command: Any) -> list[Any]:
    children = getattr(command, "commands", {}).values()
    return [*command.params, *(option for child in children for option in _options(child))]


def test_a_variable_means_the_same_to_every_command() -> None:
    kinds = defaultdict(set)
    for name in COMMANDS:
        for option in _options(load(name)):
            if option.envvar:
                kinds[option.envvar].add((tuple(option.opts), str(option.type_descriptor.annotation)))
    assert len(kinds) > 50
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}
