"""Models as ONNX Runtime has optimised them for this processor: kept, they open in a third of the time.

A kept graph is a folder: the graph, its weights (which are mapped, not read), and the checksums of both.
"""

import hashlib
import platform
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import onnxruntime as ort
import platformdirs

SMALLEST = 8 << 20  # bytes of a model; smaller ones open at once
MOST = 3  # graphs that are kept; the oldest make room
GRAPH, WEIGHTS, CHECKSUMS = "graph.onnx", "weights.bin", "SHA256SUMS"
_UNFINISHED = "unfinished-"
_CPU = ["CPUExecutionProvider"]
_SAVED_WEIGHTS = "session.optimized_model_external_initializers_"

Options = Callable[[], ort.SessionOptions]


def open_kept(model: bytes, sha256: str, options: Options) -> ort.InferenceSession:
    """A session on the CPU: of the graph that is kept, or of the model, whose graph is kept from now on."""
    if len(model) < SMALLEST:
        return ort.InferenceSession(model, options(), providers=_CPU)
    folder = graphs_folder() / _key(sha256)
    with suppress(Exception):  # not there or damaged; ONNX Runtime's errors have no common base
        return _open(folder, options())
    with suppress(Exception):  # no room, or a folder that is only read
        return _keep(model, folder, options())
    return ort.InferenceSession(model, options(), providers=_CPU)


def graphs_folder() -> Path:
    """Where they lie: the place that the system has for what can be made anew."""
    return platformdirs.user_cache_path("colorcli") / "graphs"


def _key(sha256: str) -> str:
    """Other for every model, ONNX Runtime and kind of processor."""
    return hashlib.sha256(
        "\n".join([sha256, ort.get_build_info(), ort.__version__, _processor()]).encode()
    ).hexdigest()


def _processor() -> str:
    """Its instructions on Linux; elsewhere what Python knows of it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return f"{platform.machine()} {platform.processor()}"


def _open(folder: Path, options: ort.SessionOptions) -> ort.InferenceSession:
    if (folder / CHECKSUMS).read_text("utf-8") != _checksums(folder):
        raise ValueError(f"{folder} is damaged")
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # it is done already
    return ort.InferenceSession(folder / GRAPH, options, providers=_CPU)


def _keep(model: bytes, folder: Path, options: ort.SessionOptions) -> ort.InferenceSession:
    """Opens the model, and writes its graph into a folder that takes its name when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        options.optimized_model_filepath = str(part / GRAPH)
        options.add_session_config_entry(f"{_SAVED_WEIGHTS}file_name", WEIGHTS)
        options.add_session_config_entry(f"{_SAVED_WEIGHTS}min_size_in_bytes", "1024")
        session = ort.InferenceSession(model, options, providers=_CPU)
        (part / CHECKSUMS).write_text(_checksums(part), "utf-8")
        _publish(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return session


def _publish(part: Path, folder: Path) -> None:
    """In place of one that is damaged; where another process was quicker, its graph stays."""
    shutil.rmtree(folder, ignore_errors=True)
    for old in sorted(folder.parent.iterdir(), key=lambda one: one.stat().st_mtime)[:-MOST]:
        shutil.rmtree(old, ignore_errors=True)
    with suppress(OSError):
        part.rename(folder)


def _checksums(folder: Path) -> str:
    """Lines as `sha256sum` writes them."""
    lines = []
    for name in (GRAPH, WEIGHTS):
        with (folder / name).open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    return "".join(lines)
