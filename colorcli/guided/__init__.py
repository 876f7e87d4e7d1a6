"""Colour that a person puts right: hints, and how they spread over a photograph."""

from colorcli.guided.guide import Guide
from colorcli.guided.hints import Hint, place

__all__ = ["Guide", "Hint", "place"]
