"""What colorize would run with on this machine: versions, model, device, and what is missing."""

import contextlib
import ctypes
import io
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from typing import Literal

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import build_and_package_info as build

from colorcli.colorizer import Colorizer
from colorcli.errors import ColorcliError, UnavailableError
from colorcli.inference.device import CUDA_HINT, PROVIDERS, gpu_present
from colorcli.inference.model import find_model, verify

CUDNN_MAJOR = "9"  # what ONNX Runtime has been built against since 1.18
_KINDS = ("", "-gpu", "-openvino", "-directml", "-rocm", "-migraphx")
_RUNTIMES = tuple(f"onnxruntime{kind}" for kind in _KINDS)
_PACKAGES = ("numpy", "opencv-python", "pyvips", "rich", "typer")


@dataclass(frozen=True)
class Finding:
    """One line of the report; a `bad` one means that colorize would not work, and exit as it would."""

    subject: str
    verdict: Literal["ok", "note", "bad"]
    text: str
    hint: str = ""
    exit_code: int = 0


def examine(model: str | None, device: str) -> Iterator[Finding]:
    """The findings one by one, the quick ones first."""
    yield Finding("colorcli", "ok", f"{version('colorcli')} on Python {platform.python_version()}")
    yield _runtimes()
    yield Finding("devices", "ok", f"{_offered()}: what this onnxruntime is built for")
    yield from map(_package, _PACKAGES)
    yield from _gpu()
    yield from _colorizer(model, device)


def _runtimes() -> Finding:
    """Two ONNX Runtimes in one environment overwrite each other's files, and pip does not notice."""
    found = {
        name: package.version
        for package in distributions()
        if (name := package.metadata["Name"]) in _RUNTIMES
    }
    text = " and ".join(f"{name} {number}" for name, number in sorted(found.items()))
    if len(found) > 1:
        mend = f"pip uninstall -y {' '.join(sorted(found))}, then install colorcli again or the one you want"
        return Finding("onnxruntime", "bad", f"{text} spoil each other", mend, UnavailableError.exit_code)
    return Finding("onnxruntime", "ok", text or f"{ort.__version__}, not installed by pip")


def _offered() -> str:
    available = ort.get_available_providers()
    return ", ".join(kind for kind, provider in PROVIDERS.items() if provider in available)


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        return Finding(name, "note", "not installed under this name")


def _gpu() -> Iterator[Finding]:
    present = gpu_present()
    yield Finding("NVIDIA GPU", "ok" if present else "note", "found" if present else "none found")
    cuda = str(getattr(build, "cuda_version", "")).partition(".")[0]  # the build without CUDA has none
    if not cuda:
        yield Finding("CUDA", "note", f"{build.package_name} is built without it")
        return
    with contextlib.redirect_stdout(io.StringIO()):
        ort.preload_dlls()  # finds what pip installed; says what it does not find, as we do below
    for subject, libraries in (
        (f"CUDA {cuda}", [_library("cudart", cuda), _library("cublas", cuda)]),
        (f"cuDNN {CUDNN_MAJOR}", [_library("cudnn", CUDNN_MAJOR)]),
    ):
        missing = ", ".join(library for library in libraries if not _loads(library))
        if missing:
            yield Finding(subject, "note", f"not found: {missing}", CUDA_HINT if present else "")
        else:
            yield Finding(subject, "ok", "found")


def _library(name: str, major: str) -> str:
    return f"{name}64_{major}.dll" if sys.platform == "win32" else f"lib{name}.so.{major}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _colorizer(model: str | None, device: str) -> Iterator[Finding]:
    """Open the model as colorize would, and colour a few pixels with it."""
    try:
        path = find_model(model)
        yield Finding("model", "ok", str(path))
        listed = verify(path)
        colorizer = Colorizer(model, device)
        yield Finding(
            "sha256", "ok", f"{colorizer.model.sha256} ({'as published' if listed else 'no list to compare'})"
        )
        yield Finding("provider", "ok", colorizer.model.provider)
        if colorizer.model.notice:
            yield Finding("GPU use", "note", colorizer.model.notice)
        colorizer.colorize(np.full((64, 64), 128, np.uint8))
        yield Finding("colorize", "ok", "works")
    except ColorcliError as error:
        yield Finding("colorize", "bad", error.message, error.hint, error.exit_code)
