"""A picture of how sure the model is of a photograph's colours: light where it is, dark where it is not."""

from pathlib import Path

import numpy as np

from colorcli import images
from colorcli.color.lab import Floats
from colorcli.errors import UsageError, about
from colorcli.files import whole_file
from colorcli.images import Metadata, Page, Picture, format_of_path

DOUBTFUL = 0.4  # certainty below which a place is worth a look: about a tenth of all photographs' pixels


def check(path: Path) -> None:
    """Raise where no image format has the extension of the file to write."""
    if format_of_path(path) is None:
        raise UsageError(f"{path}: no image format has the extension {path.suffix}", "end it in .png, say")


def write(certainty: Floats, path: Path, overwrite: bool) -> float:
    """Write the picture of certainty (H, W), 0 to 1; the share of the photograph that is doubtful."""
    format_ = format_of_path(path)
    assert format_ is not None  # checked before
    levels = np.round(certainty * 255).astype(np.uint8)
    with about(str(path)), whole_file(path, overwrite) as part:
        images.write(Picture((Page(levels),), format_, (Metadata(),)), part)
    return float((certainty < DOUBTFUL).mean())
