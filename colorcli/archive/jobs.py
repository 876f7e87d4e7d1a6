"""What a run is asked to do to every photograph, and what came of one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

from colorcli.archive.reference import ReferenceFile
from colorcli.archive.storage.location import Location, Source
from colorcli.color.coloured import ColourKind
from colorcli.errors import ColorcliError
from colorcli.files import Fingerprint
from colorcli.guided import Hint
from colorcli.images import EncodeOptions, Format
from colorcli.inference.model import Model
from colorcli.limits import MAX_PIXELS
from colorcli.look import Look, Variant

Status = Literal["ok", "passed", "skipped", "failed"]  # passed: in colour already, so not coloured
Coloured = Literal["keep", "recolor"]  # what becomes of photographs that are in colour already
IN_COLOUR = "in colour already"  # the note on a photograph that was kept so
STDIN_NAME = "stdin"  # the name of a photograph read from stdin, in messages and in a folder


@dataclass(frozen=True, slots=True)
class Job:
    """One photograph and where its result goes."""

    source: Source | None  # None: stdin
    target: Location | None  # None: stdout
    extension: str | None  # the end of the target's name that follows the format; None: the user named it all
    crowded: bool = False  # another photograph differs from it in the extension alone
    replace: bool = False  # the result that is there is our own and out of date
    shard: Location | None = None  # the tar that the result is a member of in the end
    variant: int = 0  # its number, where several are made of each photograph
    hints: Source | None = None  # the file beside it in which a person says what its colours are
    certainty: Path | None = None  # where a picture of how sure the model is goes, among others

    @property
    def name(self) -> str:
        return STDIN_NAME if self.source is None else str(self.source)

    def target_for(self, image_format: Format) -> Location | None:
        """The target, its extension put right where the bytes turn out to be of another format."""
        if self.target is None or self.extension is None or self.extension.lower() in image_format.suffixes:
            return self.target
        name = self.target.name if self.crowded else self.target.name.removesuffix(self.extension)
        return self.target.with_name(name + image_format.suffixes[0])


# What a new option does is part of the record unless it is named here.
_NOT_RECORDED = {
    "look",
    "encoding",
    # leave the bytes as they are:
    "provenance",
    "overwrite",
    "preserve_times",
    "max_pixels",
    "certainty",
    # differ from photograph to photograph:
    "variant",
    "hints",
}


@dataclass(frozen=True, kw_only=True)
class PhotoSettings:
    """How every photograph of a run is treated."""

    look: Look = field(default_factory=Look)
    encoding: EncodeOptions = field(default_factory=EncodeOptions)
    coloured: Coloured = "keep"
    compare: bool = False
    overwrite: bool = False
    preserve_times: bool = False
    max_pixels: int = MAX_PIXELS
    variants: int = 0  # how many are made of each photograph; 0: the model's own answer alone
    seed: int = 0  # of the variants
    certainty: Path | None = None  # where that picture goes of the one photograph there is
    hints: tuple[Hint, ...] = ()  # of the one photograph there is; those beside photographs are each job's
    references: tuple[ReferenceFile, ...] = ()  # whose colours every photograph takes on

    def look_of(self, job: Job) -> Look:
        """How that result shall look."""
        variant = Variant(job.variant, self.variants, self.seed) if job.variant else None
        return replace(self.look, variant=variant)

    def record(self) -> dict[str, object]:
        """What decides about the bytes of a result, as the journal keeps it."""
        groups = (self.look, self.encoding, self)
        values = {one.name: getattr(group, one.name) for group in groups for one in fields(group)}
        values["format"] = self.encoding.format and self.encoding.format.name
        values["references"] = [one.sha256 for one in self.references]
        values["seed"] = self.seed if self.variants else PhotoSettings.seed
        return {name: value for name, value in values.items() if name not in _NOT_RECORDED}


@dataclass(frozen=True)
class Outcome:
    """The outcome of one photograph, also of one that failed."""

    input: str
    output: str | None  # None: stdout, or nothing was written
    status: Status
    size: tuple[int, int] | None = None  # width, height in pixels
    notes: tuple[str, ...] = ()  # what the result could not hold, and the like
    error: ColorcliError | None = None
    seconds: float = 0.0
    before: Fingerprint | None = None  # of the photograph, where a journal is kept
    after: Fingerprint | None = None  # of the result, likewise
    provider: str | None = None  # of ONNX Runtime, where the worker ran; None: it did not come to a worker
    done_before: bool = False  # skipped because an earlier run had finished it
    job: Job | None = None  # None: it is about something else than a photograph of the plan
    hints: int = 0  # places whose colour a person decided
    doubtful: float | None = None  # share of the photograph, where that was asked for
    kind: ColourKind | None = None  # what it was before; None: it was not looked at
    kind_doubtful: bool = False  # it may as well be another kind
    hints_sha256: str = ""  # of the file beside the photograph that says so
    references: tuple[ReferenceFile, ...] = ()  # whose colours it took on
    unlike: tuple[ReferenceFile, ...] = ()  # that had nothing to give

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        if self.done_before:
            return f"{self.input}: done before, {self.output}"
        if self.status == "skipped":
            return f"{self.input}: kept {self.output}, which exists already (--overwrite replaces it)"
        how = f", {IN_COLOUR}" if self.status == "passed" else ""
        width, height = self.size or (0, 0)
        if self.references:
            how += f", in the colours of {', '.join(one.name for one in self.references)}"
        if self.unlike:
            how += f", nothing like it in {', '.join(one.name for one in self.unlike)}"
        return f"{self.input} -> {self.output or 'stdout'}  {width}x{height}, {self.seconds:.1f} s{how}"


def record(outcome: Outcome, model: Model, look: Look) -> dict[str, object]:
    """The outcome as --json writes it."""
    error = outcome.error
    return {
        "input": outcome.input,
        "output": outcome.output,
        "status": outcome.status,
        "size": outcome.size,
        "model": model.spec.name,
        "model_sha256": model.sha256,
        "model_licence": model.spec.licence,
        "provider": outcome.provider,
        "render_size": look.render_size or model.spec.render_size,
        "seconds": round(outcome.seconds, 3),
        "notes": outcome.notes,
        "hints": outcome.hints,
        "references": [one.name for one in outcome.references],
        "doubtful": outcome.doubtful,
        "kind": outcome.kind and outcome.kind.value,
        "kind_doubtful": outcome.kind_doubtful,
        "error": error and error.message,
        "hint": error and error.hint,
    }


def json_line(values: Mapping[str, object]) -> bytes:
    """One line of plain ASCII: names that are not UTF-8 survive as escapes."""
    return json.dumps(values).encode("ascii") + b"\n"
