"""Find, verify, load and run an ONNX model; the model describes itself in its metadata."""

import hashlib
import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime as ort

from colorcli.color.lab import Floats
from colorcli.errors import ColorcliError, ModelError, OutOfMemoryError, UsageError
from colorcli.inference.device import Device, open_session

DEFAULT_NAME = "colorcli"
FOLDER_VARIABLE = "COLORCLI_MODELS"
LARGEST_RENDER_SIZE = 4096  # pixels: a network that looks at more takes tens of gigabytes
CHECKSUMS = "SHA256SUMS"  # lines of `sha256sum`, beside the models
AB = "ab"
FEATURES = {8: "features8", 16: "features16"}  # stride in pixels: the encoder's output; optional in a file
LOGITS = "logits"  # over the classes of `ModelSpec.palette`; optional likewise
_EXPORT_HINT = "use a file made by `colorcli export`, or leave --model out for the default model"
_DAMAGED_HINT = "download or install it again; `colorcli models verify` checks it"


@dataclass(frozen=True)
class ModelSpec:
    """What a model says of itself, stored as ONNX metadata under the names of these fields."""

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
            raise ModelError(f"not a colorcli model: its metadata lacks {', '.join(missing)}", _EXPORT_HINT)
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
            raise ModelError(f"not a colorcli model: bad metadata: {error}", _EXPORT_HINT) from error

    def to_metadata(self) -> dict[str, str]:
        known = {name: "" if value is None else str(value) for name, value in asdict(self).items()}
        return known | {"palette": json.dumps(self.palette, separators=(",", ":"))}


def _size(text: str) -> int:
    return int(_positive(text, LARGEST_RENDER_SIZE))


def _positive(text: str, most: float = sys.float_info.max) -> float:
    number = float(text)
    if not 0 < number <= most:
        raise ValueError(f"{text!r} is not a number above 0 and at most {most:g}")
    return number


@dataclass(frozen=True)
class Model:
    """An open model; one may be shared by threads."""

    spec: ModelSpec
    path: Path
    sha256: str
    provider: str  # the ONNX Runtime provider really obtained
    notice: str  # why a GPU that is there stays unused, in one line; mostly empty
    session: ort.InferenceSession

    @classmethod
    def open(cls, path: Path, device: str = "auto", threads: int = 0) -> "Model":
        """Load a model; `device` is auto, cpu, cuda or cuda:N; `threads` 0 means every core."""
        wanted = Device.parse(device)
        content = _read(path)
        digest = hashlib.sha256(content).hexdigest()
        _check(path, digest)
        try:
            session, notice = open_session(content, wanted, threads)
        except ColorcliError:
            raise
        except Exception as error:  # ONNX Runtime has a dozen classes of errors and no common base
            cause = _first_line(error)
            raise ModelError(f"{path}: not a readable ONNX model: {cause}", _DAMAGED_HINT) from error
        try:
            spec = ModelSpec.from_metadata(session.get_modelmeta().custom_metadata_map)
            _check_ports(session)
        except ModelError as error:
            raise error.about(str(path)) from error
        return cls(spec, path, digest, session.get_providers()[0], notice, session)

    def predict(self, lightness: Floats, temperature: float | None = None) -> Floats:
        """ab (N, h, w, 2) of raw L (N, H, W, 1); None leaves the temperature to the model."""
        return self.ask(lightness, [AB], temperature)[AB]

    def ask(
        self, lightness: Floats, outputs: Collection[str], temperature: float | None = None
    ) -> dict[str, Floats]:
        """Those of the outputs that the model has, by name; what is not asked for is not computed.

        Besides `AB` there may be `FEATURES` (N, ceil(H/stride), ceil(W/stride), C) and `LOGITS` (N, h, w, C).
        """
        feeds = {"lightness": np.ascontiguousarray(lightness, np.float32)}
        if temperature is not None:
            if self.spec.temperature is None:
                raise UsageError(
                    f"the model {self.spec.name!r} has no temperature", "leave --temperature out"
                )
            feeds["temperature"] = np.array(temperature, np.float32)
        names = [port.name for port in self.session.get_outputs() if port.name in outputs]
        try:
            answers: list[Floats] = self.session.run(names, feeds)
        except Exception as error:  # as above: no common base
            raise _run_error(error, lightness.shape) from error
        if not all(np.isfinite(answer).all() for answer in answers):
            raise ModelError(
                f"{self.path}: the model answered with colours that are no numbers", _DAMAGED_HINT
            )
        return dict(zip(names, answers, strict=True))


def find_model(name_or_path: str | Path | None = None) -> Path:
    """An explicit file, or else NAME.onnx in the COLORCLI_MODELS folder, or else the packaged one."""
    wanted = str(name_or_path or DEFAULT_NAME)
    if wanted.endswith(".onnx") or Path(wanted).name != wanted:
        if not Path(wanted).is_file():
            raise ModelError(
                f"{wanted}: no such model file", "`colorcli models` lists the models that are there"
            )
        return Path(wanted)
    for folder in _folders():
        path = folder / f"{wanted}.onnx"
        if path.is_file():
            return path
    known = ", ".join(path.stem for path in list_models()) or "none"
    raise ModelError(
        f"no model is called {wanted!r}; known: {known}", "give a name of `colorcli models` or a file"
    )


def list_models() -> list[Path]:
    """Every model that can be called by its name, sorted by name."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for path in folder.glob("*.onnx"):
            found.setdefault(path.stem, path)
    return [found[name] for name in sorted(found)]


def verify(path: Path) -> bool:
    """Whether the list of checksums beside the model names it; a file that differs from it is an error."""
    return _check(path, hashlib.sha256(_read(path)).hexdigest())


def packaged_file(name: str) -> Path:
    """A file that came with colorcli, beside the default model."""
    found = next((folder / name for folder in _packaged() if (folder / name).is_file()), None)
    if found is None:
        raise ModelError(f"{name} did not come with this colorcli", "install colorcli again")
    return found


def _folders() -> list[Path]:
    named = os.environ.get(FOLDER_VARIABLE)
    folders = [Path(named), *_packaged()] if named else _packaged()
    return [folder for folder in folders if folder.is_dir()]


def _packaged() -> list[Path]:
    package = find_spec("colorcli_models")
    return [Path(folder) for folder in (package and package.submodule_search_locations) or ()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot read the model: {error.strerror}", "check the path and its permissions"
        ) from error


def _check(path: Path, digest: str) -> bool:
    listed = _listed_sha256(path)
    if listed is not None and listed != digest:
        raise ModelError(
            f"{path}: the model is not the one {CHECKSUMS} lists: its sha256 is {digest}", _DAMAGED_HINT
        )
    return listed is not None


def _listed_sha256(path: Path) -> str | None:
    try:
        lines = (path.parent / CHECKSUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    entries = (line.partition(" ") for line in lines)
    return next(
        (digest.lower() for digest, _, name in entries if name.strip().lstrip("*") == path.name), None
    )


def _check_ports(session: ort.InferenceSession) -> None:
    """Refuse a graph that does not take lightness (N, H, W, 1) alone and answer ab (N, h, w, 2)."""
    inputs = {port.name: port.shape for port in session.get_inputs()}
    outputs = {port.name: port.shape for port in session.get_outputs()}
    takes = set(inputs) == {"lightness"} and len(inputs["lightness"]) == 4 and inputs["lightness"][3] == 1
    answers = AB in outputs and len(outputs[AB]) == 4 and outputs[AB][3] == 2
    if not takes or not answers:
        raise ModelError(f"not a colorcli model: inputs {inputs}, outputs {outputs}", _EXPORT_HINT)


def _run_error(error: Exception, shape: tuple[int, ...]) -> ColorcliError:
    """Memory that ran out is the photograph's trouble, anything else the model's."""
    text = str(error).lower()
    size = f"{shape[2]}x{shape[1]}"
    if isinstance(error, MemoryError) or any(
        word in text for word in ("allocate", "bad_alloc", "out of memory")
    ):
        return OutOfMemoryError(
            f"not enough memory to run the model at {size}", "use a smaller --render-size or --device cpu"
        )
    return ModelError(f"the model failed at {size}: {_first_line(error)}", _EXPORT_HINT)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
