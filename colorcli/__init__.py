"""Colour for black-and-white photographs, with the original lightness untouched."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colorcli.colorizer import Colorizer
    from colorcli.errors import ColorcliError
    from colorcli.look import Look
    from colorcli.stream.film import colorize_film

__all__ = ["ColorcliError", "Colorizer", "Look", "__version__", "colorize_film"]

os.environ.setdefault("VIPS_WARNING", "1")  # libvips, once loaded, keeps its warnings to itself

_HOMES = {
    "ColorcliError": "colorcli.errors",
    "Colorizer": "colorcli.colorizer",
    "Look": "colorcli.look",
    "colorize_film": "colorcli.stream.film",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import colorcli` loads neither OpenCV nor ONNX Runtime."""
    if name == "__version__":
        return import_module("importlib.metadata").version("colorcli")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'colorcli' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
