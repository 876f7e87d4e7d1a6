"""What the server has at hand: one colorizer, the photographs, and the few of them that are open."""

import time
from collections import OrderedDict
from pathlib import Path
from threading import Event, Lock

from colorcli import images
from colorcli.archive import sidecar
from colorcli.archive.certainty import DOUBTFUL
from colorcli.archive.reference import ReferenceFile
from colorcli.color.lab import Pixels
from colorcli.colorizer import Colorizer
from colorcli.errors import ColorcliError, PhotoError
from colorcli.guided import Hint, Reference, place
from colorcli.serve.opened import Opened, shown
from colorcli.serve.shelf import Photograph, Shelf, hints_beside

_OPEN = 3  # photographs: somebody goes on to the next and comes back
_REFERENCES = 8  # photographs in colour that are kept; the one used longest ago goes first
_QUIET = 1.5  # seconds without a request after which there is time for a survey
_SURVEYED = 640  # pixels: enough for what the network looks at


class Desk:
    """Shared by all threads that answer requests."""

    def __init__(self, colorizer: Colorizer, shelf: Shelf, max_pixels: int) -> None:
        self.colorizer = colorizer
        self.shelf = shelf
        self.max_pixels = max_pixels
        self.doubts: dict[str, float] = {}  # by key: the share of a photograph that is doubtful
        self.last_request = 0.0  # of the monotonic clock
        self._open: OrderedDict[str, Opened] = OrderedDict()
        self._references: OrderedDict[str, tuple[ReferenceFile, Reference]] = OrderedDict()
        self._lock = Lock()  # of what is open
        self._references_lock = Lock()  # another, which nobody holds for as long as opening takes

    def add_reference(self, name: str, content: bytes) -> str:
        """Keep a photograph in colour, until the server ends or others take its place; its key."""
        file = ReferenceFile.of(Path(name).name or "reference", content, self.max_pixels)
        seen = self.colorizer.reference(file.pixels)
        with self._references_lock:
            self._references[file.sha256] = file, seen
            self._references.move_to_end(file.sha256)
            if len(self._references) > _REFERENCES:
                self._references.popitem(last=False)
        return file.sha256

    def reference(self, key: str) -> tuple[ReferenceFile, Reference]:
        with self._references_lock:
            if key not in self._references:
                raise PhotoError("this reference is not here any more", "give it once more")
            self._references.move_to_end(key)
            return self._references[key]

    def open(self, key: str) -> Opened:
        """The photograph, decoded once; one at a time, since each may take much memory."""
        photograph = self.shelf.get(key)
        with self._lock:
            if key not in self._open:
                self._open[key] = Opened(self.colorizer, self._pixels(photograph))
            self._open.move_to_end(key)
            if len(self._open) > _OPEN:
                self._open.popitem(last=False)[1].close()
            return self._open[key]

    def open_again(self, key: str) -> Opened:
        """The photograph as it is now; the page was loaded or turned to it."""
        with self._lock:
            if old := self._open.pop(key, None):
                old.close()
        return self.open(key)

    def describe(self, key: str) -> dict[str, object]:
        """What the page needs to know of a photograph that it opens."""
        photograph, opened = self.shelf.get(key), self.open_again(key)
        beside, fault, hints = hints_beside(photograph), "", list[object]()
        try:
            found = sidecar.read(beside, self.max_pixels)
            hints = [_point(hint, opened.width, opened.height) for hint in found]
        except ColorcliError as error:
            fault = f"{error.message}. Saving replaces it."
        fingerprint = photograph.path.fingerprint()
        return {
            "key": key,
            "name": photograph.name,
            "dropped": photograph.job is None,
            "width": opened.width,
            "height": opened.height,
            "sha256": fingerprint.sha256 if fingerprint else "",
            "hints": hints,
            "hintsSha256": sidecar.digest(beside),
            "fault": fault,
        }

    def survey(self, stop: Event) -> None:
        """Find out of every photograph of the folder how doubtful its colours are, while nobody waits."""
        if not self.colorizer.model.spec.palette:
            return
        for photograph in self.shelf.look_again():
            while time.monotonic() - self.last_request < _QUIET and not stop.is_set():
                stop.wait(_QUIET / 5)
            if stop.is_set():
                return
            try:
                pixels = shown(self._pixels(photograph), _SURVEYED)
                sure = self.colorizer.see(pixels).certainty()
            except ColorcliError:  # opening it will say what is wrong with it
                continue
            self.doubts[photograph.key] = float((sure < DOUBTFUL).mean())

    def _pixels(self, photograph: Photograph) -> Pixels:
        return images.decode(photograph.path, self.max_pixels).pages[0].pixels


def _point(hint: Hint, width: int, height: int) -> dict[str, object]:
    """A hint in pixels of its photograph, as the page has it."""
    (spot,) = place([hint], width, height)
    return {"x": spot.x, "y": spot.y, "colour": str(hint).partition("=")[2]}
