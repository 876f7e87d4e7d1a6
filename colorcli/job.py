"""What a run is asked to do to every photograph, and what came of one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from colorcli.colorizer import Look
from colorcli.errors import ColorcliError
from colorcli.images import EncodeOptions
from colorcli.model import Model

Status = Literal["ok", "passed", "skipped", "failed"]  # passed: in colour already, copied byte for byte


@dataclass(frozen=True)
class Settings:
    """How every photograph of a run is treated."""

    look: Look = field(default_factory=Look)
    encoding: EncodeOptions = field(default_factory=EncodeOptions)
    only_gray: bool = False
    compare: bool = False
    overwrite: bool = False
    preserve_times: bool = False
    max_pixels: int = 1_000_000_000


@dataclass(frozen=True)
class Outcome:
    """What came of one photograph: a value, also when it failed."""

    input: str
    output: str | None  # None: stdout, or nothing was written
    status: Status
    size: tuple[int, int] | None = None  # width, height in pixels
    notes: tuple[str, ...] = ()  # what the result could not hold, and the like
    error: ColorcliError | None = None
    seconds: float = 0.0

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        if self.status == "skipped":
            return f"{self.input}: kept {self.output}, which exists already (--overwrite replaces it)"
        how = ", in colour already: copied as it is" if self.status == "passed" else ""
        width, height = self.size or (0, 0)
        return f"{self.input} -> {self.output or 'stdout'}  {width}x{height}, {self.seconds:.1f} s{how}"


def exit_code(failures: Sequence[ColorcliError]) -> int:
    """The code the failures share; 3, photographs not read or written, where they differ."""
    codes = {error.exit_code for error in failures}
    return codes.pop() if len(codes) == 1 else 3 if codes else 0


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
        "provider": model.provider,
        "render_size": look.render_size or model.spec.render_size,
        "seconds": round(outcome.seconds, 3),
        "notes": outcome.notes,
        "error": error and error.message,
        "hint": error and error.hint,
    }


def json_line(values: Mapping[str, object]) -> bytes:
    """One line of plain ASCII: names that are not UTF-8 survive as escapes."""
    return json.dumps(values).encode("ascii") + b"\n"
