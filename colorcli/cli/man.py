"""`colorcli man`: the manual page."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import typer


def man() -> None:
    """Show the manual page of all commands, or write it where stdout is no terminal.

    $ colorcli man
    $ colorcli man > ~/.local/share/man/man1/colorcli.1  # then: man colorcli
    """
    from colorcli.cli.manual import roff

    page = roff()
    if not sys.stdout.isatty() or not shutil.which("man"):
        typer.echo(page, nl=False)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder, "colorcli.1")
        path.write_text(page, "utf-8")
        subprocess.run(["man", path], check=False)
