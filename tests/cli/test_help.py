"""What a user sees and waits for before the first photograph."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from colorcli.cli.main import COMMANDS, load

from .helpers import Run

HEAVY = {"cv2", "fsspec", "onnxruntime", "tensorflow", "keras", "numpy", "pyvips", "jax", "ray"}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["colorize", "--help"], ["--version"], ["doctor", "--help"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys, atexit; sys.argv = ['colorcli', *sys.argv[1:]]\n"
        "atexit.register(lambda: print('\\nloaded:', *{name.partition('.')[0] for name in sys.modules}))\n"
        "from colorcli.cli.main import run; run()"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.rpartition("loaded:")[2].split())
    assert "typer" in loaded
    assert not loaded & HEAVY


def options_in(text: str) -> set[str]:
    """The long options that a help page has a line for."""
    return set(re.findall(r"│ +(?:\* +)?(--[a-z-]+)", text))


def declared_options(command: str) -> set[str]:
    name, *rest = command.split()
    loaded = load(name)
    for part in rest:
        loaded = loaded.commands[part]
    return {name for param in loaded.params for name in param.opts if name.startswith("--")}


@pytest.mark.parametrize("command", [*COMMANDS, "models verify", "weights inception"])
def test_help_fits_two_screens_and_help_all_has_every_option(run: Run, command: str) -> None:
    short, everything = (
        run(*command.split(), option, settings={"COLUMNS": "80"}).stdout.decode()
        for option in ("--help", "--help-all")
    )
    assert len(short.splitlines()) <= 48
    assert short.strip().splitlines()[-1].strip().startswith(f"colorcli {command} --help-all ")
    assert not re.search(r"<(bool|str|list)", short + everything)
    assert options_in(everything) == {*declared_options(command), "--help", "--help-all"}
    assert "Exit codes" in everything


def test_the_short_help_has_the_options_that_people_use(run: Run) -> None:
    short = options_in(run("colorize", "--help").stdout.decode())
    assert {"--output", "--recursive", "--saturation", "--hint", "--format"} < short
    assert not short & {"--patience", "--batch-size", "--max-pixels"}
    assert options_in(run("doctor", "--help").stdout.decode()) == {"--model", "--device"}  # none is marked


def test_without_arguments_the_short_help_comes(run: Run) -> None:
    assert run("colorize").stdout.strip() == run("colorize", "--help").stdout.strip()


def test_help_documents_every_exit_code(run: Run) -> None:
    for arguments in (["--help"], ["colorize", "--help-all"]):
        text = " ".join(run(*arguments).stdout.decode().split())
        codes = text[text.index("Exit codes") :]
        assert re.findall(r"\b(\d+) [a-z]", codes)[:8] == ["0", "1", "2", "3", "4", "5", "6", "130"]


def test_every_option_of_colorize_has_an_environment_variable(run: Run) -> None:
    text = run("colorize", "--help-all").stdout.decode()
    options = options_in(text) - {"--help", "--help-all"}
    variables = re.findall(r"env var: COLORCLI_([A-Z_]+)", text)
    assert len(options) > 40
    assert options == {f"--{name.lower().replace('_', '-')}" for name in variables}


@pytest.mark.parametrize("width", ["80", "120"])
def test_help_fits_the_terminal(run: Run, width: str) -> None:
    text = run("colorize", "--help-all", settings={"COLUMNS": width}).stdout.decode()
    assert max(map(len, text.splitlines())) == int(width)
    assert "…" not in text  # nothing is cut off


def test_every_command_of_the_list_is_there(run: Run) -> None:
    listed = run("--help").stdout.decode().partition("Commands")[2].partition("╰")[0]
    names = re.findall(r"│ ([a-z]+) ", listed)
    assert {"colorize", "models", "doctor", "train", "export", "evaluate"} <= set(names)
    for name in names:
        done = run(name, "--help")
        assert done.returncode == 0, done.stderr
        assert f"colorcli {name} [OPTIONS]" in done.stdout.decode()


def test_a_command_that_is_not_there(run: Run) -> None:
    done = run("colorise", "old.jpg")
    assert done.returncode == 2
    assert b"Did you mean 'colorize'?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["old.jpg"], "colorcli colorize old.jpg"),
        (["old.jpg", "-o", "new.png"], "colorcli colorize old.jpg -o new.png"),
        (["my film.mp4"], "colorcli film 'my film.mp4' new.mkv"),
    ],
)
def test_a_file_where_a_command_belongs(run: Run, tmp_path: Path, arguments: list[str], meant: str) -> None:
    (tmp_path / arguments[0]).touch()
    done = run(*arguments)
    assert done.returncode == 2
    assert f"did you mean: {meant}".encode() in done.stderr


def test_version(run: Run) -> None:
    assert re.fullmatch(rb"colorcli \d+\.\d+\.\d+\S*\n", run("--version").stdout)


def test_unknown_option_is_a_usage_error(run: Run) -> None:
    done = run("colorize", "--colour", "a.jpg")
    assert done.returncode == 2
    assert b"--colour" in done.stderr
    assert done.stdout == b""


def test_shell_completion(run: Run) -> None:
    done = run(
        settings={"_COLORCLI_COMPLETE": "complete_bash", "COMP_WORDS": "colorcli col", "COMP_CWORD": "1"}
    )
    assert done.stdout.split() == [b"colorize"]
