"""Where a model runs: CPU or CUDA, what ONNX Runtime really gave, and its noise kept from the user."""

import contextlib
import io
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import onnxruntime as ort

from colorcli.errors import UnavailableError, UsageError

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
CUDA_HINT = "install the CUDA libraries with `pip install colorcli[cuda]`, or use --device cpu"


@dataclass(frozen=True)
class Device:
    """What was asked for: `auto`, `cpu` or `cuda`, and which GPU."""

    kind: str
    index: int = 0

    @classmethod
    def parse(cls, text: str) -> "Device":
        """`auto`, `cpu`, `cuda` or `cuda:N`."""
        kind, colon, index = text.strip().lower().partition(":")
        if kind in ("auto", "cpu") and not colon:
            return cls(kind)
        if kind == "cuda" and (not colon or index.isdecimal()):
            return cls(kind, int(index or 0))
        raise UsageError(f"unknown device {text!r}", "use auto, cpu, cuda or cuda:N")


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


def open_session(model: bytes, device: Device, threads: int) -> tuple[ort.InferenceSession, str]:
    """A session on the wanted device, and one line on why a GPU that is there stays unused, or nothing."""
    silence()
    if device.kind == "cpu" or (device.kind == "auto" and not gpu_present()):
        return _session(model, threads, [CPU]), ""
    reason = _load_cuda()
    if not reason:
        options = {"device_id": str(device.index), "cudnn_conv_algo_search": "HEURISTIC"}
        session = _session(model, threads, [(CUDA, options), CPU])
        if session.get_providers()[0] == CUDA:
            return session, ""
        reason = "ONNX Runtime could not start CUDA"
    if device.kind == "cuda":
        raise UnavailableError(f"--device cuda is not available: {reason}", CUDA_HINT)
    return _session(model, threads, [CPU]), f"the GPU is not used: {reason}; {CUDA_HINT}"


@cache
def silence() -> None:
    """Errors come as exceptions; ONNX Runtime's own lines on stderr never reach the user."""
    ort.set_default_logger_severity(4)


def _session(
    model: bytes, threads: int, providers: list[str | tuple[str, dict[str, str]]]
) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or usable_cores()
    options.log_severity_level = 4
    return ort.InferenceSession(model, options, providers=providers)


@cache
def _load_cuda() -> str:
    """Load CUDA and cuDNN as pip installed them; the first thing that is missing, or nothing."""
    if CUDA not in ort.get_available_providers():
        return "this onnxruntime is built without CUDA"
    lines = io.StringIO()
    with contextlib.redirect_stdout(lines), contextlib.redirect_stderr(lines):
        ort.preload_dlls()
    failed = [line for line in lines.getvalue().splitlines() if line.startswith("Failed to load")]
    return failed[0].removeprefix("Failed to load ") if failed else ""
