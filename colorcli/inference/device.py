"""Where a model runs: what was asked for, what ONNX Runtime really gave, and its noise kept from the user."""

import contextlib
import io
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import onnxruntime as ort

from colorcli.errors import UnavailableError, UsageError
from colorcli.inference.kept_graph import open_kept

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
PROVIDERS = {
    "cpu": CPU,
    "cuda": CUDA,
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "webgpu": "WebGpuExecutionProvider",
}
AUTO = ("cuda", "migraphx", "rocm", "directml")  # in this order, then the CPU; the others only when named
CUDA_HINT = "install the CUDA libraries with `pip install colorcli[cuda]`, or use --device cpu"
_OTHER_HINT = (
    "an ONNX Runtime that has it takes the place of the one installed (docs/devices.md), or use --device cpu"
)
_OPENVINO = ("cpu", "gpu", "npu")  # devices of its own


@dataclass(frozen=True)
class Device:
    """What was asked for: `auto` or one of `PROVIDERS`, and which of its devices."""

    kind: str
    which: str = ""

    @classmethod
    def parse(cls, text: str) -> "Device":
        """`auto`, a name of `PROVIDERS`, `cuda:N`, `openvino:GPU` or `openvino:NPU`."""
        kind, colon, which = text.strip().lower().partition(":")
        if kind in ("auto", *PROVIDERS) and not colon:
            return cls(kind)
        if (kind == "cuda" and which.isdecimal()) or (kind == "openvino" and which in _OPENVINO):
            return cls(kind, which)
        known = ", ".join(["auto", *PROVIDERS])
        raise UsageError(f"unknown device {text!r}", f"use {known}, cuda:N, openvino:GPU or openvino:NPU")

    @property
    def hint(self) -> str:
        """What mends that it is not there."""
        return CUDA_HINT if self.kind == "cuda" and CUDA in ort.get_available_providers() else _OTHER_HINT

    def options(self, threads: int) -> dict[str, str]:
        """Those of its provider."""
        if self.kind == "cuda":
            return {"device_id": self.which or "0", "cudnn_conv_algo_search": "HEURISTIC"}
        if self.kind == "openvino":
            return {
                "device_type": self.which.upper() or "CPU",
                "num_of_threads": str(threads or usable_cores()),
            }
        return {}


def usable_cores() -> int:
    """The cores this process may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers_on(cores: int) -> int:
    """How many photographs are best in work at a time: with one more, no core waits for the disk."""
    return cores + 1


def gpu_present() -> bool:
    """Whether this machine seems to have an NVIDIA GPU, judged without loading CUDA."""
    return bool(list(Path("/dev").glob("nvidia[0-9]*"))) or shutil.which("nvidia-smi") is not None


def open_session(
    model: bytes, device: Device, threads: int, sha256: str = ""
) -> tuple[ort.InferenceSession, str]:
    """A session on the wanted device, and one line on why a GPU that is there stays unused, or nothing.

    `sha256`: that of the model, where its graph is to be kept.
    """
    silence()
    if device.kind == "cpu":
        return _on_cpu(model, threads, sha256), ""
    if device.kind == "auto":
        return _best(model, threads, sha256)
    session, reason = _opened(model, device, threads)
    if session is None:
        raise UnavailableError(f"--device {device.kind} is not available: {reason}", device.hint)
    return session, ""


def _best(model: bytes, threads: int, sha256: str) -> tuple[ort.InferenceSession, str]:
    """On the first of `AUTO` that works, else on the CPU."""
    notice = ""
    for kind in AUTO:
        there = gpu_present() if kind == "cuda" else PROVIDERS[kind] in ort.get_available_providers()
        if there:
            device = Device(kind)
            session, reason = _opened(model, device, threads)
            if session is not None:
                return session, ""
            notice = f"the GPU is not used: {reason}; {device.hint}"
    return _on_cpu(model, threads, sha256), notice


def _opened(model: bytes, device: Device, threads: int) -> "tuple[ort.InferenceSession | None, str]":
    """A session on that device, or the reason why there is none."""
    provider = PROVIDERS[device.kind]
    name = provider.removesuffix("ExecutionProvider")
    if provider not in ort.get_available_providers():
        return None, f"this onnxruntime is built without {name}"
    if device.kind == "cuda" and (missing := _load_cuda()):
        return None, missing
    try:
        session = _session(model, threads, [(provider, device.options(threads)), CPU])
    except Exception:  # ONNX Runtime has a dozen classes of errors and no common base
        _session(model, threads, [CPU])  # raises where it is the model's fault
        return None, f"ONNX Runtime could not start {name} {device.which}".strip()
    if session.get_providers()[0] != provider:
        return None, f"ONNX Runtime could not start {name}"
    return session, ""


@cache
def silence() -> None:
    """Errors come as exceptions; ONNX Runtime's own lines on stderr never reach the user."""
    ort.set_default_logger_severity(4)


def _on_cpu(model: bytes, threads: int, sha256: str) -> ort.InferenceSession:
    if sha256:
        return open_kept(model, sha256, lambda: _options(threads))
    return _session(model, threads, [CPU])


def _session(
    model: bytes, threads: int, providers: list[str | tuple[str, dict[str, str]]]
) -> ort.InferenceSession:
    return ort.InferenceSession(model, _options(threads), providers=providers)


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or usable_cores()
    options.log_severity_level = 4
    return options


@cache
def _load_cuda() -> str:
    """Load CUDA and cuDNN as pip installed them; the first thing that is missing, or nothing."""
    lines = io.StringIO()
    with contextlib.redirect_stdout(lines), contextlib.redirect_stderr(lines):
        ort.preload_dlls()
    failed = [line for line in lines.getvalue().splitlines() if line.startswith("Failed to load")]
    return failed[0].removeprefix("Failed to load ") if failed else ""
