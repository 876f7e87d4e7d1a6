"""What a user sees and waits for before the first photograph."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from colorcli.cli.main import COMMANDS, load

from .helpers import COLORCLI, Run

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
def test_help_fits_two_screens_and_help_all_has_every_option(here: Run, command: str) -> None:
    short, everything = (
        here(*command.split(), option, settings={"COLUMNS": "80"}).stdout.decode()
        for option in ("--help", "--help-all")
    )
    assert len(short.splitlines()) <= 48
    assert short.strip().splitlines()[-1].strip().startswith(f"colorcli {command} --help-all ")
    assert not re.search(r"<[a-z]", short + everything)  # <bool>, <int range>
    assert options_in(everything) == {*declared_options(command), "--help", "--help-all"}
    assert "Exit codes" in everything


def test_the_short_help_has_the_options_that_people_use(here: Run) -> None:
    short = options_in(here("colorize", "--help").stdout.decode())
    assert {"--output", "--recursive", "--saturation", "--hint", "--format"} < short
    assert not short & {"--patience", "--batch-size", "--max-pixels"}
    assert options_in(here("doctor", "--help").stdout.decode()) == {"--model", "--device"}  # none is marked


def test_without_arguments_the_short_help_comes(here: Run) -> None:
    assert here("colorize").stdout.strip() == here("colorize", "--help").stdout.strip()


def test_help_documents_every_exit_code(here: Run) -> None:
    for arguments in (["--help"], ["colorize", "--help-all"]):
        text = " ".join(here(*arguments).stdout.decode().split())
        codes = text[text.index("Exit codes") :]
        assert re.findall(r"\b(\d+) [a-z]", codes)[:8] == ["0", "1", "2", "3", "4", "5", "6", "130"]


def test_every_option_of_colorize_has_an_environment_variable(here: Run) -> None:
    text = here("colorize", "--help-all").stdout.decode()
    options = options_in(text) - {"--help", "--help-all"}
    variables = re.findall(r"env var: COLORCLI_([A-Z_]+)", text)
    assert len(options) > 40
    assert options == {f"--{name.lower().replace('_', '-')}" for name in variables}


@pytest.mark.parametrize("width", ["80", "120"])
def test_help_fits_the_terminal(here: Run, width: str) -> None:
    text = here("colorize", "--help-all", settings={"COLUMNS": width}).stdout.decode()
    assert max(map(len, text.splitlines())) == int(width)
    assert "…" not in text  # nothing is cut off


def test_every_command_of_the_list_is_there(here: Run) -> None:
    listed = here("--help").stdout.decode().partition("Commands")[2].partition("╰")[0]
    names = re.findall(r"│ ([a-z]+) ", listed)
    assert {"colorize", "models", "doctor", "train", "export", "evaluate"} <= set(names)
    for name in names:
        done = here(name, "--help")
        assert done.returncode == 0, done.stderr
        assert f"colorcli {name} [OPTIONS]" in done.stdout.decode()


def test_a_command_that_is_not_there(here: Run) -> None:
    done = here("colorise", "old.jpg")
    assert done.returncode == 2
    assert b"Did you mean 'colorize'?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["old.jpg"], "colorcli colorize old.jpg"),
        (["old.jpg", "-o", "new.png"], "colorcli colorize old.jpg -o new.png"),
        (["my film.mp4"], "colorcli film 'my film.mp4' new.mkv"),
        (["-r", "old.jpg", "-o", "new/"], "colorcli colorize -r old.jpg -o new/"),
        (["--start", "9", "my film.mp4", "a.mp4"], "colorcli film --start 9 'my film.mp4' a.mp4"),
    ],
)
def test_a_file_where_a_command_belongs(here: Run, tmp_path: Path, arguments: list[str], meant: str) -> None:
    for name in ("old.jpg", "my film.mp4"):
        (tmp_path / name).touch()
    done = here(*arguments)
    assert done.returncode == 2
    assert f"did you mean: {meant}".encode() in done.stderr


def test_version(here: Run) -> None:
    assert re.fullmatch(rb"colorcli \d+\.\d+\.\d+\S*\n", here("--version").stdout)


def test_unknown_option_is_a_usage_error(here: Run) -> None:
    for command in (["colorize"], []):
        done = here(*command, "--colour", "a.jpg")
        assert done.returncode == 2
        assert b"No such option: --colour" in done.stderr
        assert done.stdout == b""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("colorcli col", "colorize"),
        ("colorcli models ver", "verify"),
        ("colorcli colorize --help", "--help --help-all"),
        ("colorcli colorize --engine ", "local ray"),
        ("colorcli colorize --format j", "jpeg jp2"),
        ("colorcli colorize --device ", "auto cpu cuda openvino coreml directml rocm migraphx webgpu"),
        ("colorcli models path col", "colorcli"),
        ("colorcli film --codec p", "prores"),
        ("colorcli train --architecture ", "baseline fusion histogram inception-unet unet"),
        ("colorcli train --objective c", "classification critic"),
    ],
)
def test_the_shell_completes(here: Run, line: str, offered: str) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    done = here(settings={"_COLORCLI_COMPLETE": "complete_bash", **words})
    assert done.stdout.decode().split() == offered.split()


def test_bash_completes_once_completion_is_installed(tmp_path: Path) -> None:
    """In a real bash, whose start file --install-completion has changed."""
    home = {"HOME": str(tmp_path), "PATH": f"{COLORCLI.parent}{os.pathsep}{os.environ['PATH']}"}
    script = (
        "colorcli --install-completion >&2; . ~/.bashrc\n"
        "COMP_WORDS=(colorcli doctor --d); COMP_CWORD=2; _colorcli_completion colorcli\n"
        'echo "${COMPREPLY[@]}"; complete -p colorcli'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=os.environ | home, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[0] == "--device", done.stderr
    assert "-o default" in done.stdout  # files otherwise


def test_the_man_page_has_every_command_and_option(here: Run, tmp_path: Path) -> None:
    """As the programs that show man pages render it, without a warning."""
    (tmp_path / "colorcli.1").write_bytes(here("man").stdout)
    shown = subprocess.run(
        ["man", "--warnings", "-l", "colorcli.1"],
        cwd=tmp_path,
        env=os.environ | {"MANWIDTH": "80", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0 and not shown.stderr
    for command in [*COMMANDS, "models verify", "weights inception"]:
        start = shown.stdout.index(f"\nCOLORCLI {command.upper()}\n")
        text = shown.stdout[start : shown.stdout.find("\nCOLORCLI", start + 1)]
        assert {name for name in declared_options(command) if name not in text} == set()
    assert "COLORCLI_FILM_CODEC" in shown.stdout
    assert "6 a server does not answer" in " ".join(shown.stdout.split())


def test_help_of_weights_names_options_that_train_has(here: Run) -> None:
    said = here("weights", "inception", "--help-all").stdout.decode()
    named = re.findall(r"(train|evaluate) (--[a-z-]+)", re.sub(r"[\s│]+", " ", said))
    assert ("train", "--encoder-weights") in named
    for command, option in named:
        assert option in {name for param in load(command).params for name in param.opts}
