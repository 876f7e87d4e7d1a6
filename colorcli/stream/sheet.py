"""A contact sheet: frames from all over a film in colour, to look at before a night is spent on it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from colorcli import images
from colorcli.color.lab import Pixels
from colorcli.color.working import shrink
from colorcli.colorizer import Colorizer
from colorcli.errors import PhotoError, UsageError, about
from colorcli.files import whole_file
from colorcli.guided.references import Reference
from colorcli.images import EncodeOptions, Metadata, Page, Picture, format_of_path
from colorcli.look import Look
from colorcli.stream.probe import Film
from colorcli.stream.still import frame_at
from colorcli.stream.transcode import Span

FRAMES = 12
_COLUMNS = 4
_SIDE = 480  # pixels: the longer side of a frame on the sheet
_LABEL = 24  # pixels of height: the time below a frame
_GAP = 8
_PAPER = 255


def write_sheet(
    target: Path,
    film: Film,
    span: Span,
    colorizer: Colorizer,
    look: Look,
    overwrite: bool = False,
    references: Sequence[Reference] = (),
) -> Iterator[int]:
    """Writes the picture; yields the number of each frame as it is coloured."""
    picture_format = format_of_path(target)
    if picture_format is None:
        raise UsageError(f"{target}: its ending is none of a picture's", "write for example sheet.jpg")
    if target.exists() and not overwrite:
        raise PhotoError(f"{target}: it exists already", "use --overwrite to replace it")
    cells = []
    for number, seconds in enumerate(_times(film, span), 1):
        frame = frame_at(film, seconds)
        if frame is not None:
            rgb = _small(colorizer.colorize(frame, look, references=references), film)
            cells.append(_labelled(rgb, seconds))
        yield number
    if not cells:
        raise PhotoError(f"{film.path}: there is not one frame in it")
    picture = Picture((Page(_laid_out(cells)),), picture_format, (Metadata(),))
    with about(str(target)), whole_file(target, overwrite) as part:
        images.write(picture, part, EncodeOptions(format=picture_format, provenance=colorizer.provenance))


def _times(film: Film, span: Span) -> list[float]:
    """Seconds of the frames: in the middle of as many equal stretches. Of unknown length: each second."""
    end = span.end or film.seconds or span.start + FRAMES
    step = max(end - span.start, 0) / FRAMES
    return [span.start + step * (number + 0.5) for number in range(FRAMES)]


def _small(rgb: Pixels, film: Film) -> Pixels:
    """At the size it has on the sheet, its pixels square."""
    height, width = rgb.shape[0], rgb.shape[1] * float(film.shape)
    scale = min(1, _SIDE / max(height, width))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    if rows <= rgb.shape[0] and columns <= rgb.shape[1]:
        return shrink(rgb, rows, columns)
    resized: Pixels = cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return resized


def _labelled(rgb: Pixels, seconds: float) -> Pixels:
    minutes, rest = divmod(seconds, 60)
    text = f"{int(minutes // 60)}:{int(minutes % 60):02}:{rest:04.1f}"
    cell = np.full((rgb.shape[0] + _LABEL, rgb.shape[1], 3), _PAPER, np.uint8)
    cell[: rgb.shape[0]] = rgb
    place = (2, cell.shape[0] - 7)
    cv2.putText(cell, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return cell


def _laid_out(cells: list[Pixels]) -> Pixels:
    """Row by row on white; all cells have one size."""
    height, width = cells[0].shape[0] + _GAP, cells[0].shape[1] + _GAP
    rows = -(-len(cells) // _COLUMNS)
    sheet = np.full((rows * height + _GAP, _COLUMNS * width + _GAP, 3), _PAPER, np.uint8)
    for number, cell in enumerate(cells):
        top, left = number // _COLUMNS * height + _GAP, number % _COLUMNS * width + _GAP
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet
