"""Pictures in colour that say what frames are to look like: references everywhere, keyframes in their scenes.

A keyframe is one of the film's frames that a person has coloured. Its colour comes to the other frames of its
scene in two ways: as a reference's does, by what the network sees alike, and where the optical flow between
the two frames is sure, as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels
from colorcli.guided.references import Reference
from colorcli.stream.temporal import Motion, MotionFinder, small_size

ASTRAY = 1.0  # pixels by which the way there and back may miss before it counts for exp(-1)
_AT_ONCE = 0.01  # frames: nearer than the next one, so that a keyframe rules its own frame


@dataclass(frozen=True, eq=False)
class Key:
    """A keyframe: the number of its frame, its L (h, w) and ab (h, w, 2) at the size of motion."""

    number: int
    lightness: Floats
    ab: Floats
    reference: Reference

    @classmethod
    def of(
        cls, number: int, rgb: Pixels, reference: Reference, shape: tuple[int, int], strength: float
    ) -> "Key":
        """From its pixels at any size, for frames of a shape."""
        height, width = small_size(*shape)
        lightness, ab = lab.split(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA))
        return cls(number, lightness, ab * np.float32(strength), reference)

    def shown_in(self, lightness: Floats) -> Motion | None:
        """Where each pixel of a frame is in the keyframe; None where it shows something else."""
        there = MotionFinder(self.lightness).find(lightness)
        back = MotionFinder(lightness).find(self.lightness)
        if there is None or back is None:
            return None
        height, width = lightness.shape
        across, down = np.meshgrid(np.arange(width), np.arange(height))
        returned = there.carry(np.dstack([back.x, back.y]))
        missed = (returned[..., 0] - across) ** 2 + (returned[..., 1] - down) ** 2
        return Motion(there.x, there.y, there.trust * np.exp(missed.astype(np.float32) / -(ASTRAY**2)))


@dataclass(frozen=True, eq=False)
class Shot:
    """The frames of a scene, from `first` to before `end`, and its keyframes."""

    first: int
    end: int
    keys: tuple[Key, ...]


@dataclass(frozen=True, eq=False)
class Guidance:
    """What a person says of a film's colours: frames are counted from 0."""

    references: tuple[Reference, ...] = ()
    shots: tuple[Shot, ...] = ()

    def keys(self, number: int) -> tuple[Key, ...]:
        """Those of the scene that a frame belongs to."""
        return next((shot.keys for shot in self.shots if shot.first <= number < shot.end), ())


UNGUIDED = Guidance()


def keyed(number: int, lightness: Floats, ab: Floats, keys: Sequence[Key]) -> Floats:
    """The ab (h, w, 2) of a frame of L (h, w), in the colours of keyframes where those show the same."""
    painted, weight, sure = np.zeros_like(ab), np.zeros_like(lightness), np.zeros_like(lightness)
    for key in keys:
        motion = key.shown_in(lightness)
        if motion:
            share = motion.trust / np.float32(max(abs(number - key.number), _AT_ONCE))
            painted += motion.carry(key.ab) * share[..., None]
            weight += share
            sure = np.maximum(sure, motion.trust)
    painted /= np.maximum(weight, np.float32(1e-9))[..., None]
    wanted: Floats = ab + (painted - ab) * sure[..., None]
    return wanted
