"""Colour that a person puts right: hints and references, and how they spread over a photograph."""

from colorcli.guided.guide import Guide
from colorcli.guided.hints import Hint, place
from colorcli.guided.references import Reference

__all__ = ["Guide", "Hint", "Reference", "place"]
