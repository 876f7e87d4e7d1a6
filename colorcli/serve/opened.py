"""A photograph that is open on the page: the network looks once, then it is painted with ever other hints."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock

from colorcli import images
from colorcli.color.lab import Pixels
from colorcli.color.working import shrink
from colorcli.colorizer import Colorizer
from colorcli.guided import Guide, Hint, Reference, place
from colorcli.guided.hints import Coordinate
from colorcli.images import EncodeOptions, Metadata, Page, Picture, format_named
from colorcli.images.bit_depth import in_depth
from colorcli.look import Look

SIDE = 1600  # pixels, at most, of what the page shows
LIKELY = 8  # colours that are offered at a place
_QUALITY = 88
_GUIDES = 3  # that are kept, some 50 MB each: the answer itself, with a reference, and the variant in work


class Opened:
    """What the page asks of one photograph."""

    def __init__(self, colorizer: Colorizer, pixels: Pixels) -> None:
        self.height, self.width = pixels.shape[:2]
        self._colorizer = colorizer
        self._pixels = shown(pixels)
        self._render_size = colorizer.model.spec.render_size_of(self.height, self.width)
        self._lock = Lock()  # one picture at a time: more would only wait for one another
        self._seen = lru_cache(1)(self._look)
        self._guide = lru_cache(_GUIDES)(self._guided)

    def before(self) -> bytes:
        """A JPEG of the photograph as it is."""
        return jpeg(self._pixels)

    def painted(
        self, hints: Sequence[Hint], look: Look, side: int = SIDE, reference: Reference | None = None
    ) -> bytes:
        """A JPEG of the photograph with these hints, whose pixels are those of its full size."""
        place(hints, self.width, self.height)  # refuses what lies outside
        shares = [replace(one, x=_share(one.x, self.width), y=_share(one.y, self.height)) for one in hints]
        with self._lock:
            pixels = self._colorizer.paint(self._guide_of(look, reference), shares, look)
        return jpeg(shown(pixels, side))

    def is_like(self, reference: Reference) -> bool:
        """Whether the photograph shows what the reference shows."""
        with self._lock:
            return bool(self._guide_of(Look(), reference).references)

    def likely(self, x: int, y: int, look: Look) -> list[str]:
        """The colours that the model holds possible there, most likely first; none if it names but one."""
        if not self._colorizer.model.spec.palette:
            return []
        height, width = self._pixels.shape[:2]
        place([Hint(Coordinate(x), Coordinate(y), None)], self.width, self.height)
        share = Hint(_share(Coordinate(x), self.width), _share(Coordinate(y), self.height), None)
        with self._lock:
            (spot,) = place([share], width, height)
            colours = self._guide_of(look).likely(spot, LIKELY)
        return ["#" + bytes(colour).hex() for colour in colours]

    def close(self) -> None:
        """Give back the memory: nothing is asked any more."""
        self._seen.cache_clear()
        self._guide.cache_clear()

    def _guide_of(self, look: Look, reference: Reference | None = None) -> Guide:
        return self._guide(Look(look.saturation, look.temperature, variant=look.variant), reference)

    def _guided(self, look: Look, reference: Reference | None) -> Guide:
        if look.variant:
            return self._guide(replace(look, variant=None), reference).varied(look.variant)
        return self._seen(look.temperature).steered(look, [reference] if reference else [])

    def _look(self, temperature: float | None) -> Guide:
        """The one call of the network."""
        return self._colorizer.see(self._pixels, Look(temperature=temperature, render_size=self._render_size))


def shown(pixels: Pixels, side: int = SIDE) -> Pixels:
    """The photograph as large as the page shows it, 8 bits deep."""
    height, width = pixels.shape[:2]
    factor = min(1, side / max(height, width))
    return in_depth(shrink(pixels, max(1, round(height * factor)), max(1, round(width * factor))), 8)


def jpeg(pixels: Pixels) -> bytes:
    """The bytes of a picture for the page."""
    picture = Picture((Page(pixels),), format_named("jpeg"), (Metadata(),))
    return images.encode(picture, EncodeOptions(quality=_QUALITY))


def _share(coordinate: Coordinate, side: int) -> Coordinate:
    """The same place on the photograph at another size."""
    if coordinate.percent:
        return coordinate
    return Coordinate(100 * (int(coordinate.value) + 0.5) / side, percent=True)
