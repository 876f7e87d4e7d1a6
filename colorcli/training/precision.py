"""On what and in which arithmetic a run computes."""

from pathlib import Path

import keras

from colorcli.inference.device import usable_cores

BF16_FLAGS = ("amx_bf16", "avx512_bf16")  # processors that multiply bfloat16 in hardware


def set_precision(wanted: str) -> None:
    """`float32`, `bfloat16` (mixed: weights stay float32), or `auto`: bfloat16 where it is faster."""
    bfloat16 = _is_faster() if wanted == "auto" else wanted == "bfloat16"
    keras.config.set_dtype_policy("mixed_bfloat16" if bfloat16 else "float32")


def precision() -> str:
    """What is computed in, and for bfloat16 why that is fast here."""
    policy = str(keras.config.dtype_policy().name)
    reason = next((flag for flag in BF16_FLAGS if flag in _processor()), "")
    if policy == "float32" or _gpus() or not reason:
        return policy.removeprefix("mixed_")
    return f"bfloat16 ({reason})"


def _is_faster() -> bool:
    return bool(_gpus()) or any(flag in _processor() for flag in BF16_FLAGS)


def device() -> str:
    """What computes here: the GPUs by their names, or the processor."""
    names = sorted(set(_gpus()))
    return f"{len(_gpus())} GPU ({', '.join(names)})" if names else f"the processor, {usable_cores()} cores"


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
