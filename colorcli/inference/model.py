"""Find, verify, load and run an ONNX model: ours describes itself, others are described beside their file."""

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime as ort
import platformdirs

from colorcli.color.lab import Floats
from colorcli.errors import ColorcliError, ModelError, OutOfMemoryError, UsageError, about
from colorcli.inference.description import DESCRIBED, Description
from colorcli.inference.device import Device, open_session
from colorcli.inference.ports import OURS, PORTS_HINT, Ports, fitted, recognised
from colorcli.inference.spec import EXPORT_HINT, ModelSpec

DEFAULT_NAME = "colorcli"
FOLDER_VARIABLE = "COLORCLI_MODELS"
CHECKSUMS = "SHA256SUMS"  # lines of `sha256sum`, beside the models
AB = "ab"
FEATURES = {8: "features8", 16: "features16"}  # stride in pixels: the encoder's output; optional in a file
LOGITS = "logits"  # over the classes of `ModelSpec.palette`; optional likewise
_ELSEWHERE = b"\x0a\x08location\x12"  # how a tensor of an ONNX file begins to name the file of its numbers
_DAMAGED_HINT = "download or install it again; `colorcli models verify` checks it"


@dataclass(frozen=True)
class Model:
    """An open model; one may be shared by threads."""

    spec: ModelSpec
    path: Path
    sha256: str
    provider: str  # the ONNX Runtime provider really obtained
    notice: str  # why a GPU that is there stays unused, in one line; mostly empty
    session: ort.InferenceSession
    ports: Ports = OURS

    @classmethod
    def open(
        cls, path: Path, device: str = "auto", threads: int = 0, described: Description | None = None
    ) -> "Model":
        """Load a model; `device` as `Device.parse` takes it; `threads` 0 means every core.

        `described`: instead of what lies beside the file of another project's model.
        """
        wanted = Device.parse(device)
        content = _read(path)
        digest = hashlib.sha256(content).hexdigest()
        if not _check(path, digest) and _ELSEWHERE in content:
            raise ModelError(
                f"{path}: its weights lie in another file",
                "export it as one file: torch.onnx.export(..., external_data=False)",
            )
        try:
            session, notice = open_session(content, wanted, threads, digest)
        except ColorcliError:
            raise
        except Exception as error:  # ONNX Runtime has a dozen classes of errors and no common base
            cause = _first_line(error)
            raise ModelError(f"{path}: not a readable ONNX model: {cause}", _DAMAGED_HINT) from error
        try:
            spec, ports = _described(path, session, described)
        except ModelError as error:
            raise error.about(str(path)) from error
        return cls(spec, path, digest, session.get_providers()[0], notice, session, ports)

    @property
    def ours(self) -> bool:
        """Whether colorcli exported it."""
        return self.ports == OURS

    @property
    def identity(self) -> str:
        """Other than that of any model that gives other colours; see `identity_of`."""
        return identity_of(self.path)

    def predict(self, lightness: Floats, temperature: float | None = None) -> Floats:
        """ab (N, h, w, 2) of raw L (N, H, W, 1); None leaves the temperature to the model."""
        return self.ask(lightness, [AB], temperature)[AB]

    def ask(
        self, lightness: Floats, outputs: Collection[str], temperature: float | None = None
    ) -> dict[str, Floats]:
        """`AB`, and by name those of the outputs that the model has; what is not asked for is not computed.

        There may be `FEATURES` (N, ceil(H/stride), ceil(W/stride), C) and `LOGITS` (N, h, w, C).
        """
        if not self.ours and len(lightness) > 1:  # many an export takes one photograph and no more
            each = [self.ask(one[None], outputs, temperature)[AB] for one in lightness]
            return {AB: np.concatenate(each)}
        feeds: dict[str, Floats] = {}
        if temperature is not None:
            if self.spec.temperature is None:
                raise UsageError(
                    f"the model {self.spec.name!r} has no temperature", "leave --temperature out"
                )
            feeds["temperature"] = np.array(temperature, np.float32)
        names = [self.ports.gives]
        names += [port.name for port in self.session.get_outputs() if port.name in {*outputs} - {AB}]
        try:
            feeds[self.ports.takes] = self.ports.question(lightness)
            answers: list[Floats] = self.session.run(names, feeds)
        except Exception as error:  # as above: no common base
            failure = _run_error(error, lightness.shape)
            if isinstance(failure, ModelError) and not self.ours:
                failure.hint = PORTS_HINT
            raise failure from error
        if not all(answer.size for answer in answers):
            raise ModelError(f"{self.path}: the model answered with no colour at all", _DAMAGED_HINT)
        if not all(np.isfinite(answer).all() for answer in answers):
            raise ModelError(
                f"{self.path}: the model answered with colours that are no numbers", _DAMAGED_HINT
            )
        with about(str(self.path)):
            colour = self.ports.colour(answers[0])
        return {AB: colour} | dict(zip(names[1:], answers[1:], strict=True))


def find_model(name_or_path: str | Path | None = None) -> Path:
    """An explicit file, or else a model that came with colorcli, or else NAME.onnx in `own_folder`."""
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


def own_folder() -> Path:
    """Where a user's own models lie: COLORCLI_MODELS, or the place that the system has for such files."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("colorcli") / "models"


def find_packaged(name: str) -> Path | None:
    """The model of that name that came with colorcli."""
    return next((path for folder in _packaged() if (path := folder / f"{name}.onnx").is_file()), None)


def identity_of(path: Path) -> str:
    """The sha256 of a model, with what its description adds: other identities give other colours."""
    digest, description = hashlib.sha256(_read(path)).hexdigest(), Description.beside(path)
    return f"{digest}-{description.digest}" if description else digest


def _folders() -> list[Path]:
    return [folder for folder in [*_packaged(), own_folder()] if folder.is_dir()]


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
    description = None if listed else Description.beside(path)
    known = description.sha256 if description else listed
    where = path.with_suffix(DESCRIBED).name if description else CHECKSUMS
    if known and known != digest:
        raise ModelError(
            f"{path}: the model is not the one {where} lists: its sha256 is {digest}", _DAMAGED_HINT
        )
    return bool(known)


def _listed_sha256(path: Path) -> str | None:
    try:
        lines = (path.parent / CHECKSUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    entries = (line.partition(" ") for line in lines)
    return next(
        (digest.lower() for digest, _, name in entries if name.strip().lstrip("*") == path.name), None
    )


def _described(
    path: Path, session: ort.InferenceSession, described: Description | None
) -> tuple[ModelSpec, Ports]:
    """What a model is and how it is asked: as it says, or as is said of it, or as its ports look."""
    metadata = session.get_modelmeta().custom_metadata_map
    if {"architecture", "objective"} & set(metadata):
        _check_ports(session)
        return ModelSpec.from_metadata(metadata), OURS
    description = described or Description.beside(path)
    if description is None:
        kind, ports = recognised(session)
        description = Description(path.stem, kind, "", "", "", ports)
    ports = fitted(description.ports, session)
    return ModelSpec.of(replace(description, ports=ports)), ports


def _check_ports(session: ort.InferenceSession) -> None:
    """Refuse a graph that does not take lightness (N, H, W, 1) alone and answer ab (N, h, w, 2)."""
    inputs = {port.name: port.shape for port in session.get_inputs()}
    outputs = {port.name: port.shape for port in session.get_outputs()}
    takes = set(inputs) == {"lightness"} and len(inputs["lightness"]) == 4 and inputs["lightness"][3] == 1
    answers = AB in outputs and len(outputs[AB]) == 4 and outputs[AB][3] == 2
    if not takes or not answers:
        raise ModelError(f"not a colorcli model: inputs {inputs}, outputs {outputs}", EXPORT_HINT)


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
    return ModelError(f"the model failed at {size}: {_first_line(error)}", EXPORT_HINT)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
