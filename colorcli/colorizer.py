"""Colorizer: lightness in, the same lightness in colour out. It ties the rooms below it together."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from colorcli.color import lab, upsample
from colorcli.color.border import WHOLE, Box, find_picture
from colorcli.color.lab import Floats, Pixels
from colorcli.color.working import seen_at, shrink, working_lightness
from colorcli.errors import UsageError, about
from colorcli.files import identity, whole_file
from colorcli.guided import Guide, Hint, place
from colorcli.guided.references import Reference, check_colour, corrected
from colorcli.guided.retouch import Retouched
from colorcli.guided.spread import OUTPUTS, Scene
from colorcli.images import (
    EncodeOptions,
    Picture,
    Provenance,
    decode,
    encode,
    format_named,
    format_of_path,
    write,
)
from colorcli.inference.batching import Grouping, best_size
from colorcli.inference.description import Description
from colorcli.inference.device import CUDA, usable_cores
from colorcli.inference.model import AB, FEATURES, Model, find_model
from colorcli.look import Look

PROCESSING = 3  # raised when the bytes of a result change; tests/test_processing.py tells when they do
FIRST_PROCESSING = 1  # that of results whose record has no number
_STRIP_PIXELS = 1 << 17  # large enough that the calls cost little, small enough for the cache

Lines = upsample.ColorLines | Retouched  # colour at full resolution, strip by strip


class Colorizer:
    """Built once, used often, from any thread.

    `batch_size`: how many photographs of one working size, given by as many threads, may share a call of the
    network; None finds out what is best on a GPU. `described`: how a model of another project is asked, where
    nothing beside its file says so.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        device: str = "auto",
        threads: int = 0,
        batch_size: int | None = 1,
        described: Description | None = None,
    ) -> None:
        self.threads = threads or usable_cores()
        self.model = Model.open(find_model(model), device, threads, described)
        spec = self.model.spec
        if batch_size is None:
            batch_size = best_size(self.model.predict, spec.render_size) if self.model.provider == CUDA else 1
        self.batch_size = batch_size
        predict = self.model.predict
        self._predict = Grouping(predict, batch_size).predict if batch_size > 1 else predict
        terms = "" if self.model.ours else spec.licence
        software = f"colorcli {version('colorcli')}"
        self.provenance = Provenance(software, spec.name, self.model.sha256, licence=terms)

    def colorize(
        self,
        pixels: Pixels,
        look: Look = Look(),
        hints: Sequence[Hint] = (),
        references: Sequence[Reference] = (),
    ) -> Pixels:
        """RGB pixels of the size and depth of the grey or RGB `pixels`, which stay as they are."""
        return self._guided(pixels, look, hints, references)[0]

    def _guided(
        self,
        pixels: Pixels,
        look: Look,
        hints: Sequence[Hint],
        references: Sequence[Reference],
        seen: Guide | None = None,
    ) -> tuple[Pixels, Sequence[Reference]]:
        """RGB pixels, and the references whose colours they have."""
        if hints or look.variant or references:
            guide = (seen or self.see(pixels, look)).steered(look, references)
            return self.paint(guide, hints, look), guide.references
        check_pixels(pixels)
        lightness = seen.working if seen else self.working_lightness(pixels, look)
        ab = seen.ab * np.float32(look.chroma) if seen else self.working_ab(lightness, look)
        return tint(pixels, lightness, ab, border=look.border, threads=self.threads), ()

    def working_lightness(self, pixels: Pixels, look: Look = Look()) -> Floats:
        """L (H, W) of a photograph or frame as the network sees it."""
        size, ports = look.render_size or self.model.spec.render_size_of(*pixels.shape[:2]), self.model.ports
        if ports.size is None:
            return working_lightness(pixels, size)
        if ports.fixed and size != ports.size:
            raise UsageError(
                f"the model {self.model.spec.name!r} looks at {ports.size} pixels a side, and not at {size}",
                "leave --render-size out",
            )
        return seen_at(pixels, ports.side(size), ports.side(size))

    def working_ab(self, lightness: Floats, look: Look = Look(), like: Sequence[Reference] = ()) -> Floats:
        """ab (h, w, 2), as large as the network answers, of the working L (H, W) of a photograph or frame."""
        if like:
            ab, answers = self._look_at(lightness, look.temperature)
            ab *= np.float32(look.saturation)
            return corrected(Scene(lightness, ab, answers), ab, answers, like)[0] * np.float32(look.strength)
        ab = self._predict(lightness[None, ..., None], look.temperature)[0]
        return upsample.calmed(lightness, ab, look.chroma)

    def see(self, pixels: Pixels, look: Look = Look()) -> Guide:
        """The photograph as the network sees it, by one call of it: how sure it is, and much to paint."""
        check_pixels(pixels)
        working = self.working_lightness(pixels, look)
        return Guide(pixels, working, *self._look_at(working, look.temperature), self.model.spec.palette)

    def guide(self, pixels: Pixels, look: Look = Look(), references: Sequence[Reference] = ()) -> Guide:
        """The photograph as it is to look: seen once, it can be painted with ever other hints."""
        return self.see(pixels, look).steered(look, references)

    def _look_at(self, working: Floats, temperature: float | None) -> tuple[Floats, dict[str, Floats]]:
        """ab (h, w, 2), calmed, of the working L (H, W); and what else the model says of it."""
        answers = self.model.ask(working[None, ..., None], (AB, *OUTPUTS), temperature)
        ab = upsample.calmed(working, answers.pop(AB)[0])
        return ab, {name: answer[0] for name, answer in answers.items()}

    def reference(self, pixels: Pixels, look: Look = Look()) -> Reference:
        """A photograph in colour, looked at once, whose colours others can take on."""
        check_pixels(pixels)
        check_colour(pixels)
        working = self.working_lightness(pixels, look)
        answers = self.model.ask(working[None, ..., None], FEATURES.values())
        height, width = (min(sides) for sides in zip(working.shape, pixels.shape[:2], strict=True))
        small = shrink(pixels, height, width)
        return Reference.of({name: answer[0] for name, answer in answers.items()}, small)

    def paint(self, guide: Guide, hints: Sequence[Hint], look: Look = Look()) -> Pixels:
        """RGB pixels with the colour that a person and the model agree on."""
        height, width = guide.pixels.shape[:2]
        lines = guide.lines(place(hints, width, height), look.strength)
        return _painted(guide.pixels, lines, _picture_in(guide.working, look.border), self.threads)

    def colorize_picture(
        self,
        picture: Picture,
        look: Look = Look(),
        hints: Sequence[Hint] = (),
        references: Sequence[Reference] = (),
    ) -> Picture:
        """The same picture in colour: every page, with its alpha and its metadata; hints are of the first."""
        return self.guided_picture(picture, look, hints, references)[0]

    def guided_picture(
        self,
        picture: Picture,
        look: Look,
        hints: Sequence[Hint],
        references: Sequence[Reference],
        seen: Guide | None = None,
    ) -> tuple[Picture, tuple[Reference, ...]]:
        """The same, and those of the references in which something alike was found.

        `seen`: its first page, where that was looked at already.
        """
        painted, used = [], set[Reference]()
        for number, page in enumerate(picture.pages):
            first = () if number else hints, references, None if number else seen
            pixels, guided_by = self._guided(page.pixels, look, *first)
            painted.append(replace(page, pixels=pixels))
            used.update(guided_by)
        return replace(picture, pages=tuple(painted)), tuple(one for one in references if one in used)

    def colorize_bytes(self, data: bytes, format: str | None = None, look: Look = Look()) -> bytes:  # noqa: A002
        """An image file in, an image file out, in the same format or in the one called `format`."""
        if not isinstance(data, bytes):
            raise TypeError(
                f"colorize_bytes takes the bytes of an image file, not {type(data).__name__}; "
                "of a path: colorize_file(path, out)"
            )
        options = EncodeOptions(format=format_named(format) if format else None, provenance=self.provenance)
        return encode(self.colorize_picture(decode(data), look), options)

    def colorize_file(
        self, path: str | Path, out: str | Path, look: Look = Look(), overwrite: bool = False
    ) -> None:
        """Writes `out`, whole or not at all, in the format its name says, or else in that of `path`.

        A file that is there already is a PhotoError unless it may be overwritten; `path` itself it never may.
        """
        source, target = Path(path), Path(out)
        if (known := identity(source)) and known == identity(target):
            raise UsageError(
                f"{target} is the photograph itself, which is never overwritten", "choose another name"
            )
        with about(str(source)):
            picture = self.colorize_picture(decode(source), look)
        options = EncodeOptions(format=format_of_path(target), provenance=self.provenance)
        with about(str(target)), whole_file(target, overwrite) as part:
            write(picture, part, options)


def check_pixels(pixels: Pixels) -> None:
    """Refuse what is not (H, W) or (H, W, 3), uint8 or uint16, with at least one pixel."""
    grey_or_rgb = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype not in (np.uint8, np.uint16) or not grey_or_rgb or pixels.size == 0:
        raise UsageError(
            f"cannot colour an array of shape {pixels.shape} and type {pixels.dtype}",
            "give uint8 or uint16 pixels, (height, width) or (height, width, 3)",
        )


def tint(pixels: Pixels, lightness: Floats, ab: Floats, *, border: bool = True, threads: int = 0) -> Pixels:
    """RGB pixels: the L of `pixels` with the colour `ab` (h, w, 2) that belongs to `lightness` (H, W).

    With `border` a plain border or mount is found and stays neutral.
    """
    return _painted(pixels, upsample.fit(lightness, ab), _picture_in(lightness, border), threads)


def _picture_in(lightness: Floats, border: bool) -> Box:
    """What is not border, where that shall stay neutral."""
    return find_picture(lightness) if border else WHOLE


def _painted(pixels: Pixels, lines: Lines, box: Box, threads: int) -> Pixels:
    """RGB pixels: the L of `pixels` with the colour of the lines within the box."""
    result: Pixels = np.empty((*pixels.shape[:2], 3), pixels.dtype)
    strips = iter(strips_of(*pixels.shape[:2]))  # shared: whichever thread is free takes the next
    workers = threads or usable_cores()
    if workers == 1:  # in this thread, which keeps its memory; each new one would take more
        _paint(strips, pixels, lines, box, result)
        return result
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(_paint, strips, pixels, lines, box, result) for _ in range(workers)]:
            done.result()
    return result


def strips_of(height: int, width: int) -> list[slice]:
    """The rows of a picture to work on at a time."""
    rows = strip_rows(width)
    return [slice(top, min(top + rows, height)) for top in range(0, height, rows)]


def strip_rows(width: int) -> int:
    """How many rows a strip has, the last one perhaps less."""
    return max(1, _STRIP_PIXELS // width)


def _paint(strips: Iterator[slice], pixels: Pixels, lines: Lines, box: Box, result: Pixels) -> None:
    """Fill `result` strip by strip, in memory that stays in this thread's cache."""
    height, width = pixels.shape[:2]
    largest = strip_rows(width) * width
    ab_space, join_space = upsample.workspace(largest), lab.workspace(largest)
    for rows in strips:
        lightness = lab.lightness(np.ascontiguousarray(pixels[rows]))
        ab = lines.strip(lightness, rows.start, height, ab_space)
        box.clear_outside(ab, rows.start, height)
        result[rows] = lab.join(lightness, ab, pixels.dtype, join_space)
