"""Colour carried from frame to frame along the motion, so that it does not flicker.

All of it happens at half the frame's size or less: there the colour is smooth and the optical flow quick.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels

MEMORY = 0.9  # the share of colour kept over a frame where the match is perfect; see docs/streams.md
TOLERANCE = 8.0  # L by which matched places may differ before the match counts for 1/e
CUT = 0.5  # of the frame that must match, lest it be a new scene

_MOST_PIXELS = 1 << 15  # of the frames motion is looked for in
_SMALLEST = 4  # rows and columns: cv2 takes four numbers, or one, for a colour
_LEAST_SIDE = 12  # pixels: optical flow wants no less
_FLICKER = 12.0  # L by which a whole frame of an old film may be brighter than the one before
_GRAIN = 5  # pixels: the window that keeps film grain from looking like a bad match


def small_size(height: int, width: int) -> tuple[int, int]:
    """Rows and columns at which motion and colour are followed: halved until it is quick, at least once."""
    height, width = -(-height // 2), -(-width // 2)
    while height * width > _MOST_PIXELS:
        height, width = -(-height // 2), -(-width // 2)
    return max(height, _SMALLEST), max(width, _SMALLEST)


def small_lightness(pixels: Pixels) -> Floats:
    """L (h, w) of the frame at that size."""
    height, width = small_size(*pixels.shape[:2])
    return lab.lightness(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


@dataclass(frozen=True, eq=False)
class Motion:
    """Where each pixel was in the frame before, x and y, both (h, w), and how sure that is, 0..1."""

    x: Floats
    y: Floats
    trust: Floats

    def carry(self, planes: Floats) -> Floats:
        """What was in the frame before, moved to its places in this one."""
        carried: Floats = cv2.remap(planes, self.x, self.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return carried


@dataclass(frozen=True, eq=False)
class Memory:
    """All that a frame leaves to the next one: whoever has it goes on as if nothing had come between."""

    lightness: Floats  # (h, w)
    ab: Floats  # (h, w, 2), as are the colours that the network last wanted
    wanted: Floats
    trust: Floats  # (h, w)
    carried: int  # frames since the network saw one, that one included

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **asdict(self))

    @classmethod
    def load(cls, path: Path) -> "Memory":
        with np.load(path) as kept:
            return cls(**{name: kept[name] for name in kept.files} | {"carried": int(kept["carried"])})


class MotionFinder:
    """Compares each frame's L with that of the frame before."""

    def __init__(self, before: Floats | None = None) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before = before
        self._grid = np.zeros((2, 0, 0), np.float32)

    def find(self, lightness: Floats) -> Motion | None:
        """The motion since the frame before; None at the first frame and where a new scene begins."""
        before, self._before = self._before, lightness
        if before is None:
            return None
        x, y = self._places(before, lightness)
        carried = cv2.remap(before, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        error = cv2.subtract(lightness, carried)
        error -= np.clip(error.mean(), -_FLICKER, _FLICKER)
        error = cv2.blur(cv2.absdiff(error, 0), (_GRAIN, _GRAIN))
        error *= error
        trust: Floats = cv2.exp(error * np.float32(-1 / TOLERANCE**2))
        return Motion(x, y, trust) if trust.mean() > CUT else None

    def _places(self, before: Floats, now: Floats) -> Floats:
        height, width = now.shape
        if self._grid.shape[1:] != now.shape:
            self._grid = np.ascontiguousarray(np.mgrid[0:height, 0:width][::-1], np.float32)
        if min(height, width) < _LEAST_SIDE:
            return self._grid
        flow = self._flow.calc(_levels(now), _levels(before), None)
        places: Floats = self._grid + flow.transpose(2, 0, 1)
        return places


class Carrier:
    """The colour of the frame before, and what becomes of it.

    Where the network skips frames, what it said last is carried too, and the colour goes on towards it frame
    by frame: all at once it would be seen.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._ab = memory.ab if memory else np.zeros((0, 0, 2), np.float32)
        self._wanted = memory.wanted if memory else self._ab
        # In what was carried since the network spoke.
        self._trust = memory.trust if memory else np.zeros((0, 0), np.float32)

    def memory(self, lightness: Floats, carried: int) -> Memory:
        """What the frame of this L, the last that was followed, leaves to the next one."""
        return Memory(lightness, self._ab, self._wanted, self._trust, carried)

    def follow(self, motion: Motion | None, fresh: Floats | None) -> Floats:
        """ab of the next frame: `fresh` from the network, carried, or both; of a new scene fresh."""
        if motion is None:
            assert fresh is not None  # whoever skips the network looks at the motion first
            self._ab = self._wanted = fresh
            self._trust = np.ones(fresh.shape[:2], np.float32)
            return fresh
        self._ab = motion.carry(self._ab)
        self._trust = motion.carry(self._trust) * motion.trust
        self._wanted = motion.carry(self._wanted) if fresh is None else fresh
        share = np.float32(MEMORY) * self._trust
        self._ab -= self._wanted
        self._ab *= share[..., None]
        self._ab += self._wanted
        if fresh is not None:
            self._trust = np.ones_like(self._trust)
        return self._ab


def _levels(lightness: Floats) -> Pixels:
    levels: Pixels = cv2.convertScaleAbs(lightness, alpha=2.55)
    return levels
