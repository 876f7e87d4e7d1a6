"""`colorcli` as a user runs it, as in tests/cli."""

from cli.conftest import environment, run

__all__ = ["environment", "run"]
