"""What a network takes and gives, between L and ab as colorcli has them."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import onnxruntime as ort

from colorcli.color import lab
from colorcli.color.lab import Floats
from colorcli.errors import ModelError

Layout = Literal["nchw", "nhwc"]
Input = Literal["l", "lab", "grey", "rgb"]
Output = Literal["ab", "lab", "rgb"]
PORTS_HINT = (
    "`colorcli models add FILE.onnx` takes --kind of a known one, or --input-kind, --input-layout, "
    "--input-range, --input-size, --output-kind and --output-scale to describe any other"
)
LARGEST_SIZE = 4096  # pixels a side: a network that looks at more takes tens of gigabytes
STEP = 16  # pixels: sides of a square are multiples of it where the file leaves the size open

_MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # of ImageNet's R, G, B, where white is 1
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True)
class Ports:
    """The two tensors of a network, as far as its file does not tell; by default those of our own models.

    `l` is L alone, `lab` is L with colour zero, `grey` one channel of grey levels, `rgb` three equal ones;
    `low` and `high` are the numbers that stand for black and white. `scale` is what 1.0 of the output means:
    CIE units for `ab` and for the colour channels of `lab`; for `rgb`, the number that stands for white.
    """

    takes: str = "lightness"
    gives: str = "ab"
    layout: Layout = "nhwc"
    input: Input = "l"
    low: float = 0.0
    high: float = 100.0
    output: Output = "ab"
    scale: float = 1.0
    normalised: bool = False  # RGB, on both sides, by ImageNet's mean and deviation
    size: int | None = None  # pixels a side of the square it looks at; None: it takes any shape
    fixed: bool = False  # it takes that size and no other

    def side(self, wanted: int) -> int:
        """Pixels a side of the square where so many are wanted."""
        return wanted if self.fixed else max(STEP, wanted // STEP * STEP)

    def question(self, lightness: Floats) -> Floats:
        """The input tensor of L (N, H, W, 1)."""
        if self == OURS:
            return np.ascontiguousarray(lightness, np.float32)
        light, white = (lightness, 100) if self.input in ("l", "lab") else (_grey(lightness), 1)
        value = light * ((self.high - self.low) / white) + self.low
        colours = {"l": 1, "grey": 1, "lab": 3, "rgb": 3}[self.input]
        image = np.repeat(value, colours, axis=3)
        if self.input == "lab":
            image[..., 1:] = 0
        if self.normalised:
            image = (image - _MEAN) / _DEVIATION
        ordered = image.transpose(0, 3, 1, 2) if self.layout == "nchw" else image
        return np.ascontiguousarray(ordered, np.float32)

    def colour(self, answer: Any) -> Floats:
        """ab (N, h, w, 2) in CIE units of the output tensor."""
        image = np.asarray(answer, np.float32)
        if image.ndim == 4 and self.layout == "nchw":
            image = image.transpose(0, 2, 3, 1)
        channels = 2 if self.output == "ab" else 3
        if image.ndim != 4 or image.shape[3] != channels:
            raise ModelError(f"it answers {np.shape(answer)}, not {channels} channels", PORTS_HINT)
        if self.output == "rgb":
            return self._colour_of_rgb(image)
        return np.ascontiguousarray(image[..., -2:] * np.float32(self.scale))

    def _colour_of_rgb(self, image: Floats) -> Floats:
        shares = image * _DEVIATION + _MEAN if self.normalised else image / np.float32(self.scale)
        levels = np.round(np.clip(shares, 0, 1) * 65535).astype(np.uint16)
        return np.stack([lab.split(one)[1] for one in levels])


OURS = Ports()
# As their authors' code calls them; docs/models.md has the sources.
KINDS: dict[str, Ports] = {
    "ddcolor": Ports(layout="nchw", input="rgb", high=1, size=512),
    "deoldify": Ports(layout="nchw", input="rgb", high=1, output="rgb", normalised=True, size=560),
    "siggraph17": Ports(layout="nchw", size=256),
    "eccv16": Ports(layout="nchw", size=256),
}
_CHANNELS = {(3, 2): "ddcolor", (3, 3): "deoldify", (1, 2): "siggraph17"}  # of input and output


def recognised(session: ort.InferenceSession) -> tuple[str, Ports]:
    """The kind of a network, by its ports, and all that is known of them."""
    takes, gives = session.get_inputs(), session.get_outputs()
    known = len(takes) == 1 and len(takes[0].shape) == 4 and len(gives[0].shape) == 4
    kind = _CHANNELS.get((takes[0].shape[1], gives[0].shape[1])) if known else None
    if kind is None:
        raise ModelError(f"not a colorcli model, nor one that is known: {found(session)}", PORTS_HINT)
    return kind, fitted(KINDS[kind], session)


def fitted(ports: Ports, session: ort.InferenceSession) -> Ports:
    """The ports with the names of the file's, and the size that it demands, if it does."""
    takes, gives = session.get_inputs(), session.get_outputs()
    shape = takes[0].shape
    sides = shape[2:] if ports.layout == "nchw" else shape[1:3]
    if len(takes) != 1 or len(shape) != 4 or takes[0].type != "tensor(float)":
        raise ModelError(f"it does not take one image of floats: {found(session)}", PORTS_HINT)
    named = replace(ports, takes=takes[0].name, gives=gives[0].name)
    if not all(isinstance(side, int) for side in sides):
        return named
    if sides[0] != sides[1]:
        raise ModelError(f"it takes {sides[1]}x{sides[0]} pixels, which is no square", PORTS_HINT)
    return replace(named, size=sides[0], fixed=True)


def found(session: ort.InferenceSession) -> str:
    """The ports of a file, in words."""
    ports = [("input", session.get_inputs()), ("output", session.get_outputs())]
    return ", ".join(
        f"{way} {port.name} {port.shape} {port.type}" for way, several in ports for port in several
    )


def _grey(lightness: Floats) -> Floats:
    """Grey levels 0..1 of L (N, H, W, 1)."""
    flat = np.ascontiguousarray(lightness.reshape(-1, lightness.shape[2]))
    levels = lab.join(flat, np.zeros((*flat.shape, 2), np.float32), np.uint16)
    return levels[..., 0].reshape(lightness.shape).astype(np.float32) / np.float32(65535)
