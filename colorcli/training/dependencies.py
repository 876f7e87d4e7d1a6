"""Checks that the packages of the [train] extra are there, and loads them without their messages."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from colorcli.errors import UnavailableError

STDERR = 2
HINT = "Install it with `pip install 'colorcli[train]'`."


def require(*packages: str) -> None:
    """Load these packages, or say which of them are missing and how to get them."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise UnavailableError(f"{', '.join(missing)} is not installed", HINT)
    for name in ("absl", "tensorflow", "tf2onnx"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with muted():  # while it loads, TensorFlow's C++ writes to stderr whatever that variable says
        for package in packages:
            import_module(package)


def require_tensorflow(*packages: str) -> None:
    """The same for what Keras can do on TensorFlow only, whatever KERAS_BACKEND says."""
    loaded = sys.modules.get("keras")
    if loaded is not None and loaded.config.backend() != "tensorflow":
        raise UnavailableError(
            f"Keras already runs on {loaded.config.backend()}, and this needs TensorFlow",
            "Set KERAS_BACKEND=tensorflow before Keras is imported.",
        )
    os.environ["KERAS_BACKEND"] = "tensorflow"
    require("tensorflow", "keras", *packages)


@contextmanager
def muted() -> Iterator[None]:
    """Within the block nothing reaches stderr, not even from C++; errors are exceptions."""
    sys.stderr.flush()
    ours = os.dup(STDERR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDERR)
        yield
    finally:
        os.dup2(ours, STDERR)
        os.close(nowhere)
        os.close(ours)
