"""NAME.toml beside NAME.onnx: what the file of another project does not say of itself."""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import get_args

from colorcli.errors import ModelError
from colorcli.inference.ports import LARGEST_SIZE, OURS, Input, Layout, Output, Ports

DESCRIBED = ".toml"  # in place of .onnx
_HINT = "`colorcli models add` writes it anew"


@dataclass(frozen=True)
class Description:
    """Who made the model of this sha256, under which terms, and how it is asked."""

    name: str
    kind: str
    licence: str
    source: str
    sha256: str
    ports: Ports

    @classmethod
    def beside(cls, model: Path) -> "Description | None":
        """That of this model; None where it has none."""
        path = model.with_suffix(DESCRIBED)
        try:
            values = tomllib.loads(path.read_text("utf-8"))
            ports = Ports(**values.pop("ports"))
            description = cls(**values, ports=ports)
            description._check()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path}: not a description of a model: {error}", _HINT) from error
        return description

    def to_toml(self) -> str:
        """The content of its file."""
        values = asdict(self)
        ports = values.pop("ports")
        return "\n".join([*_lines(values), "", "[ports]", *_lines(ports), ""])

    @property
    def digest(self) -> str:
        """Changes with what decides about colours besides the model's file."""
        return hashlib.sha256(repr(self.ports).encode()).hexdigest()[:8]

    def _check(self) -> None:
        """A ValueError names the first value that cannot be."""
        ports = self.ports
        allowed = {"layout": Layout, "input": Input, "output": Output}
        for name, choice in allowed.items():
            if getattr(ports, name) not in get_args(choice):
                raise ValueError(f"{name} is one of {', '.join(get_args(choice))}")
        for name in ("low", "high", "scale"):
            if not isfinite(getattr(ports, name)):
                raise ValueError(f"{name} is a number")
        sized = type(ports.size) is int and 1 <= ports.size <= LARGEST_SIZE
        if not sized and ports != OURS:
            raise ValueError(f"size is a number of pixels from 1 to {LARGEST_SIZE}")
        texts = (self.name, self.kind, self.licence, self.source, self.sha256, ports.takes, ports.gives)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("what is not a number is a text")


def _lines(values: dict[str, object]) -> list[str]:
    """`name = value`, in JSON's notation, which TOML shares for texts, numbers and truth."""
    known = {name: value for name, value in values.items() if value is not None}
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in known.items()]
