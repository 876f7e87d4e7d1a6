"""Colorizers of other projects: any ONNX file with one image input and one image output.

Only the colour of its answer is used, on the lightness of the photograph, as with our own models.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import onnxruntime as ort

from colorcli.color import lab
from colorcli.color.lab import Floats
from colorcli.errors import ModelError
from colorcli.evaluate.metrics import Pixels
from colorcli.inference.device import Device, open_session

Layout = Literal["nchw", "nhwc"]
Input = Literal["l", "lab", "grey", "rgb"]
Output = Literal["ab", "lab", "rgb"]
CHECK_HINT = "the options --input-... and --output-... say what the model takes and gives"


@dataclass(frozen=True)
class Ports:
    """What a foreign model takes and gives.

    `l` is L alone, `lab` is L with colour zero, `grey` one channel of grey levels, `rgb` three equal ones;
    `low` and `high` are the numbers that stand for black and white. `scale` is what 1.0 of the output means:
    CIE units for `ab` and for the colour channels of `lab`; for `rgb`, `scale` 1 means that white is 1.0.
    """

    layout: Layout = "nchw"
    input: Input = "l"
    low: float = 0.0
    high: float = 100.0
    size: int = 256  # pixels a side
    output: Output = "ab"
    scale: float = 1.0


@dataclass(frozen=True)
class ForeignModel:
    """An open model with its ports."""

    name: str
    session: ort.InferenceSession
    ports: Ports

    @classmethod
    def open(cls, path: Path, ports: Ports, device: str = "auto", threads: int = 0) -> "ForeignModel":
        try:
            session, _ = open_session(path.read_bytes(), Device.parse(device), threads)
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}") from error
        except Exception as error:  # ONNX Runtime has a dozen classes of errors and no common base
            raise ModelError(f"{path}: not a readable ONNX model") from error
        return cls(path.stem, session, ports)

    def paint(self, grey: Pixels) -> Pixels:
        """RGB (H, W, 3): the photograph's lightness, the model's colour enlarged bilinearly."""
        port = self.session.get_inputs()[0]
        try:
            answer = self.session.run(None, {port.name: self._question(grey)})[0]
        except Exception as error:  # as above
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"{self.name}: it failed: {reason}", CHECK_HINT) from error
        height, width = grey.shape
        ab = cv2.resize(self._colour(answer), (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(lab.join(lab.lightness(grey), ab, np.uint8), np.uint8)

    def _question(self, grey: Pixels) -> Floats:
        """The input tensor of a photograph."""
        ports = self.ports
        small = cv2.resize(grey, (ports.size, ports.size), interpolation=cv2.INTER_AREA)
        share = lab.lightness(small) / 100 if ports.input in ("l", "lab") else small.astype(np.float32) / 255
        value = ports.low + share * (ports.high - ports.low)
        none = np.zeros_like(value)
        planes = {"l": [value], "grey": [value], "lab": [value, none, none], "rgb": [value] * 3}[ports.input]
        stacked = np.stack(planes, axis=0 if ports.layout == "nchw" else -1)
        return stacked[None].astype(np.float32)

    def _colour(self, answer: Any) -> Floats:
        """ab (h, w, 2) in CIE units of the output tensor."""
        image = np.asarray(answer, np.float32)
        image = image[0].transpose(1, 2, 0) if image.ndim == 4 and self.ports.layout == "nchw" else image[0]
        channels = 2 if self.ports.output == "ab" else 3
        if image.ndim != 3 or image.shape[2] != channels:
            raise ModelError(
                f"{self.name}: it answers {np.shape(answer)}, not {channels} channels", CHECK_HINT
            )
        if self.ports.output == "rgb":
            levels = np.clip(image / self.ports.scale, 0, 1) * 65535
            return lab.split(np.round(levels).astype(np.uint16))[1]
        return np.ascontiguousarray(image[..., -2:] * np.float32(self.ports.scale))
