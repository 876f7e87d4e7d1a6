"""Everything the commands' help says, as pages: the man page and the site's reference are made of them."""

import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer
import typer.main

from colorcli import __version__
from colorcli.cli.help import EXIT_CODES
from colorcli.cli.main import COMMANDS, SUMMARY, app, load

BOLD = r"**\1**"  # in Markdown


@dataclass(frozen=True)
class Entry:
    """An argument or an option: how it is written, and what it does."""

    names: tuple[str, ...]
    metavar: str
    help: str


@dataclass(frozen=True)
class Page:
    """A command; texts have Rich's `[bold]`, and lines of examples begin with `$`."""

    name: str
    usage: str
    paragraphs: list[str]
    entries: dict[str, list[Entry]]  # by what they are about


def pages() -> Iterator[Page]:
    """The program itself, then each command, with those of a group after it."""
    root = typer.Context(typer.main.get_command(app), info_name="colorcli")
    yield _page(root.command, root)
    for name in COMMANDS:
        yield from _pages(load(name), root)


def _pages(command: Any, parent: typer.Context) -> Iterator[Page]:
    context = typer.Context(command, info_name=command.name, parent=parent)
    yield _page(command, context)
    for child in getattr(command, "commands", {}).values():
        yield from _pages(child, context)


def _page(command: Any, context: typer.Context) -> Page:
    entries = defaultdict(list)
    for param in command.params:
        is_option = param.param_type_name == "option"
        topic = param.rich_help_panel or ("Options" if is_option else "Arguments")
        entries[topic].append(_entry(param, is_option))
    usage = " ".join(command.collect_usage_pieces(context))
    paragraphs = inspect.cleandoc(command.help).split("\n\n")
    return Page(context.command_path, usage, paragraphs, entries)


def _entry(param: Any, is_option: bool) -> Entry:
    facts = [param.help or ""]
    if param.show_default and param.default not in (None, False):
        facts.append(f"Default: {param.default}.")
    if param.envvar:
        facts.append(f"Environment: {param.envvar}.")
    names = tuple(sorted(param.opts, key=len)) if is_option else (param.metavar,)
    return Entry(names, param.metavar if is_option and not param.is_flag else "", " ".join(facts))


def roff() -> str:
    """The man page of colorcli and all its commands."""
    program, *commands = pages()
    parts = [
        ".nr HY 0",  # nothing is hyphenated: names of variables are to be copied
        f'.TH COLORCLI 1 "" "colorcli {__version__}" "User Commands"',
        ".SH NAME",
        f"colorcli \\- {_roff_text(SUMMARY.partition('.')[0].replace('C', 'c', 1))}",
        ".SH SYNOPSIS",
        f"\\fBcolorcli\\fP {_roff_text(program.usage)}",
        ".SH DESCRIPTION",
        *_roff_page(program),
        *(line for page in commands for line in (f".SH {page.name.upper()}", *_roff_page(page))),
        ".SH EXIT STATUS",
        *map(_roff_text, EXIT_CODES.split("\n\n")[1:]),
    ]
    return "\n".join(parts) + "\n"


def _roff_page(page: Page) -> Iterator[str]:
    if page.name != "colorcli":
        yield f"\\fB{_roff_text(page.name)}\\fP {_roff_text(page.usage)}"
    for paragraph in page.paragraphs:
        yield from (".PP", *_roff_paragraph(paragraph))
    for topic, entries in page.entries.items():
        yield f".SS {topic}"
        for entry in entries:
            names = ", ".join(f"\\fB{_roff_text(name)}\\fP" for name in entry.names)
            yield from (".TP", f"{names} \\fI{_roff_text(entry.metavar)}\\fP".removesuffix(" \\fI\\fP"))
            yield _roff_text(entry.help)


def _roff_paragraph(paragraph: str) -> list[str]:
    if paragraph.startswith("$ "):
        return [".EX", *map(_roff_text, paragraph.splitlines()), ".EE"]
    return [_roff_text(paragraph.replace("\n", " "))]


def _roff_text(text: str) -> str:
    bold = _bold(text.replace("-", "\\-"), r"\\fB\1\\fP")
    return re.sub(r"^([.'])", r"\\&\1", bold)


def markdown(page: Page) -> str:
    """The page for the site."""
    lines = [f"# {page.name}", f"```text\n{page.name} {page.usage}\n```"]
    for paragraph in page.paragraphs:
        is_example = paragraph.startswith("$ ")
        lines.append(f"```console\n{paragraph}\n```" if is_example else _bold(paragraph, BOLD))
    for topic, entries in page.entries.items():
        lines.append(f"## {topic}")
        for entry in entries:
            names = ", ".join(f"`{name}`" for name in entry.names)
            metavar = f" `{entry.metavar}`" if entry.metavar else ""
            lines.append(f"{names}{metavar}\n: {_bold(entry.help, BOLD)}")
    return "\n\n".join(lines) + "\n"


def _bold(text: str, replacement: str) -> str:
    """Rich's markup put into another."""
    return re.sub(r"\[bold\](.*?)\[/bold\]", replacement, text.replace("\\[", "["))
