"""On what, and in which arithmetic, a run computes: one device of any kind, or several of a machine."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import keras

from colorcli.inference.device import usable_cores
from colorcli.training.colorization import Colorization
from colorcli.training.data.batches import Portion
from colorcli.training.fit_callback import FitCallback

BF16_FLAGS = ("amx_bf16", "avx512_bf16")  # processors that multiply bfloat16 in hardware


class Devices:
    """What computes a run, as the trainer sees it; this one is a single device of any backend."""

    portion = Portion()  # of every epoch's batches
    replicas = 1  # devices that compute each step together

    @property
    def leads(self) -> bool:
        """Whether this process writes the files of the run."""
        return self.portion.rank == 0

    def scope(self) -> AbstractContextManager[object]:
        """Models built within belong to these devices."""
        return nullcontext()

    def fit(self, learner: Colorization, batches: keras.utils.PyDataset, callback: FitCallback) -> None:
        """Train on the batches until `callback` says stop."""
        learner.fit(batches, verbose=0, callbacks=[callback], shuffle=False)


class MirroredDevices(Devices):
    """Several devices of one machine: each gets a part of every batch, and the same weights."""

    def __init__(self, names: list[str]) -> None:
        import tensorflow as tf

        self.strategy = tf.distribute.MirroredStrategy(names)
        self.replicas = len(names)

    def scope(self) -> AbstractContextManager[object]:
        scope: AbstractContextManager[object] = self.strategy.scope()
        return scope


def describe_devices() -> str:
    """What computes here: the GPUs by their names, or the processor."""
    names = sorted(set(_gpus()))
    return f"{len(_gpus())} GPU ({', '.join(names)})" if names else f"the processor, {usable_cores()} cores"


def set_precision(wanted: str) -> None:
    """`float32`, `bfloat16` (mixed: weights stay float32), or `auto`: bfloat16 where it is faster."""
    bfloat16 = _bfloat16_is_faster() if wanted == "auto" else wanted == "bfloat16"
    keras.config.set_dtype_policy("mixed_bfloat16" if bfloat16 else "float32")


def describe_precision() -> str:
    """What is computed in, and for bfloat16 why that is fast here."""
    policy = str(keras.config.dtype_policy().name)
    reason = next((flag for flag in BF16_FLAGS if flag in _processor()), "")
    if policy == "float32" or _gpus() or not reason:
        return policy.removeprefix("mixed_")
    return f"bfloat16 ({reason})"


def _bfloat16_is_faster() -> bool:
    return bool(_gpus()) or any(flag in _processor() for flag in BF16_FLAGS)


def _gpus() -> list[str]:
    if keras.backend.backend() == "jax":
        import jax

        return [found.device_kind for found in jax.devices() if found.platform == "gpu"]
    import tensorflow as tf

    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    return [found.get("device_name", "GPU") for found in details]


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""
