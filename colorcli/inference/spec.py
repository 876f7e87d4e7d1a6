"""What a model is: size, training, terms."""

import json
import sys
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields

from colorcli.errors import ModelError
from colorcli.inference.description import Description
from colorcli.inference.ports import LARGEST_SIZE

EXPORT_HINT = "use a file made by `colorcli export`, or leave --model out for the default model"


@dataclass(frozen=True)
class ModelSpec:
    """What a model says of itself: ours in its ONNX metadata, under the names of these fields."""

    name: str
    architecture: str
    objective: str
    version: str
    render_size: int  # pixels: the square root of the working area
    stride: int  # pixels of lightness to a cell of colour, along each axis
    temperature: float | None  # at which a classifier is decoded; None where there is none
    data: str  # what it was trained on
    licence: str
    colorcli: str  # the version that exported it
    palette: tuple[tuple[float, float], ...] = ()  # (a, b) of each class whose logits the file can answer
    large_render_size: int | None = None  # pixels: of photographs that are at least as large; None: as above

    def render_size_of(self, height: int, width: int) -> int:
        """The working size for a photograph of this size."""
        large = self.large_render_size
        return large if large and height * width >= large**2 else self.render_size

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "ModelSpec":
        missing = [
            field.name for field in fields(cls) if field.name not in metadata and field.default is MISSING
        ]
        if missing:
            raise ModelError(f"not a colorcli model: its metadata lacks {', '.join(missing)}", EXPORT_HINT)
        try:
            return cls(
                name=metadata["name"],
                architecture=metadata["architecture"],
                objective=metadata["objective"],
                version=metadata["version"],
                render_size=_size(metadata["render_size"]),
                stride=_size(metadata["stride"]),
                temperature=_positive(metadata["temperature"]) if metadata["temperature"] else None,
                data=metadata["data"],
                licence=metadata["licence"],
                colorcli=metadata["colorcli"],
                palette=tuple((float(a), float(b)) for a, b in json.loads(metadata.get("palette", "[]"))),
                large_render_size=_size(metadata["large_render_size"])
                if metadata.get("large_render_size")
                else None,
            )
        except (ValueError, TypeError) as error:
            raise ModelError(f"not a colorcli model: bad metadata: {error}", EXPORT_HINT) from error

    @classmethod
    def of(cls, description: Description) -> "ModelSpec":
        """What is known of another project's model."""
        return cls(
            name=description.name,
            architecture=description.kind,
            objective="",
            version="",
            render_size=description.ports.size or 0,
            stride=1,
            temperature=None,
            data="",
            licence=description.licence,
            colorcli="",
        )

    def to_metadata(self) -> dict[str, str]:
        known = {name: "" if value is None else str(value) for name, value in asdict(self).items()}
        return known | {"palette": json.dumps(self.palette, separators=(",", ":"))}


def _size(text: str) -> int:
    return int(_positive(text, LARGEST_SIZE))


def _positive(text: str, most: float = sys.float_info.max) -> float:
    number = float(text)
    if not 0 < number <= most:
        raise ValueError(f"{text!r} is not a number above 0 and at most {most:g}")
    return number
