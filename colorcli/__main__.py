"""`python -m colorcli` is `colorcli`."""

from colorcli.cli.main import run

run()
