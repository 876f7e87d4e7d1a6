"""In which arithmetic a run computes."""

from pathlib import Path

import keras

BF16_FLAGS = ("amx_bf16", "avx512_bf16")  # processors that multiply bfloat16 in hardware


def set_precision(wanted: str) -> None:
    """`float32`, `bfloat16` (mixed: weights stay float32), or `auto`: bfloat16 where it is faster."""
    bfloat16 = _is_faster() if wanted == "auto" else wanted == "bfloat16"
    keras.config.set_dtype_policy("mixed_bfloat16" if bfloat16 else "float32")


def _is_faster() -> bool:
    return _has_gpu() or any(flag in _processor() for flag in BF16_FLAGS)


def _has_gpu() -> bool:
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "gpu"
    import tensorflow

    return bool(tensorflow.config.list_physical_devices("GPU"))


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""
