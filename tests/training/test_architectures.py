"""Every architecture with every objective: any size goes in, all weights learn, all colours can be learnt."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as to_numpy

from colorcli.errors import UsageError
from colorcli.training import architectures
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig

from .tiny_networks import is_telling, pairs, tiny_model, tiny_photographs

PAIRS = [
    pytest.param(pair, marks=() if is_telling(pair) else pytest.mark.slow, id="-".join(pair))
    for pair in pairs()
]
SIZES = [(1, 1), (1, 7), (33, 47)]
ENOUGH = 0.8  # of the true chroma
CLOSE = 12.0  # ab units of mean error, where four hues lie 50 apart
ROUNDS, ROUND = 16, 25  # of steps


@dataclass(frozen=True)
class Learner:
    """A model after some steps on four photographs, and what the first of them left as it was."""

    model: Colorization
    untouched: list[str]
    first_loss: float
    last_loss: float
    ratio: float  # of predicted over true mean chroma
    error: float  # ab units


@pytest.fixture(scope="module", params=PAIRS)
def learner(request: pytest.FixtureRequest) -> Learner:
    model = tiny_model(*request.param)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), jit_compile=False)  # as `colorcli train` does
    lightness, truth = tiny_photographs()
    before = [variable.numpy().copy() for variable in model.trainable_variables]
    first = last = float(model.train_on_batch(lightness, truth))
    untouched = [
        variable.path
        for variable, value in zip(model.trainable_variables, before, strict=True)
        if np.array_equal(variable.numpy(), value)
    ]
    stride = architectures.get(request.param[0]).RECIPE.stride
    wanted = to_numpy(keras.ops.average_pool(truth, stride))
    for _ in range(ROUNDS):
        for _ in range(ROUND):
            last = float(model.train_on_batch(lightness, truth))
        found = to_numpy(model.colour(lightness))
        ratio, error = chroma(found) / chroma(wanted), float(np.abs(found - wanted).mean())
        if ratio > ENOUGH and error < CLOSE:
            break
    return Learner(model, untouched, first, last, ratio, error)


def chroma(ab: np.ndarray) -> float:
    return float(np.hypot(ab[..., 0], ab[..., 1]).mean())


def test_one_step_changes_every_trainable_weight(learner: Learner) -> None:
    assert learner.untouched == []


def test_lightness_is_not_rounded_where_bfloat16_computes() -> None:
    """Training sees the L that the finished network will see."""
    lightness = np.random.default_rng(0).uniform(0, 100, (1, 32, 32, 1)).astype(np.float32)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = tiny_model("baseline", "regression")
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_array_equal(to_numpy(model(lightness)), to_numpy(model.network(lightness)))


def test_four_photographs_can_be_learnt_by_heart(learner: Learner) -> None:
    assert learner.last_loss < learner.first_loss
    assert learner.ratio > ENOUGH
    assert learner.error < CLOSE


@pytest.mark.parametrize("architecture", architectures.names())
def test_any_size_goes_in_and_comes_out_at_the_stride(architecture: str) -> None:
    model = tiny_model(architecture, "regression")
    stride = architectures.get(architecture).RECIPE.stride
    for height, width in SIZES:
        ab = to_numpy(model.colour(np.full((2, height, width, 1), 50, np.float32)))
        assert ab.shape == (2, -(-height // stride), -(-width // stride), 2)
        assert np.isfinite(ab).all()


@pytest.mark.parametrize("architecture", architectures.names())
def test_a_photograph_gets_the_same_colours_alone_and_in_company(architecture: str) -> None:
    model = tiny_model(architecture, "regression")
    lightness, _ = tiny_photographs()
    together = to_numpy(model.colour(lightness))
    alone = np.concatenate([to_numpy(model.colour(photo[None])) for photo in lightness])
    np.testing.assert_allclose(alone, together, atol=1e-4)


@pytest.mark.slow
def test_inception_unet_stays_light() -> None:
    """At most 28 million weights with its real encoder, whose own count is known."""
    palette = tuple((float(index), 0.0, 1 / 313) for index in range(313))
    network = architectures.get("inception-unet").build(NetworkConfig(palette=palette), len(palette))
    assert network.get_layer("encoder").count_params() == 21_802_784
    assert network.count_params() <= 28_000_000


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["inception-v3", "inception-resnet-v2"])
@pytest.mark.parametrize("architecture", ["fusion", "inception-unet"])
def test_real_encoders_take_any_size(architecture: str, encoder: str) -> None:
    model = build(NetworkConfig(architecture, "regression", encoder=encoder, width=0.2))
    stride = architectures.get(architecture).RECIPE.stride
    for height, width in SIZES:
        ab = to_numpy(model.colour(np.full((1, height, width, 1), 50, np.float32)))
        assert ab.shape == (1, -(-height // stride), -(-width // stride), 2)
        assert np.isfinite(ab).all()


FORWARD = """
import json, sys
import numpy as np
from keras.ops import convert_to_numpy
from colorcli.training import architectures
from training.tiny_networks import tiny_model, tiny_photographs

lightness, _ = tiny_photographs(35)
answers = {}
for name in architectures.names():
    model = tiny_model(name, architectures.get(name).RECIPE.objective)
    rng = np.random.default_rng(7)
    for weight in model.network.weights:
        if len(weight.shape) > 1:
            value = rng.normal(0, np.sqrt(2 / np.prod(weight.shape[:-1])), weight.shape)
        else:
            value = rng.uniform(0.5, 1.5, weight.shape)
        weight.assign(value)
    raw = model.network.predict_on_batch(lightness)
    answers[name] = convert_to_numpy(model.objective.decode(raw)).tolist()
json.dump(answers, sys.stdout)
"""


AGREED = 0.01  # ab units: far below what 8 bits can show
QUICK_XLA = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"  # to compile


def test_jax_answers_as_tensorflow_does() -> None:
    asked = [ask(backend) for backend in ("tensorflow", "jax")]
    tensorflow, jax = (json.loads(process.communicate()[0]) for process in asked)
    for name in architectures.names():
        assert np.std(tensorflow[name]) > 0.1, "one colour everywhere proves nothing"
        np.testing.assert_allclose(jax[name], tensorflow[name], atol=AGREED, err_msg=name)


def ask(backend: str) -> subprocess.Popen[str]:
    """Writes ab of the tiny photographs by each architecture, with the same weights on every backend."""
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "XLA_FLAGS": QUICK_XLA}
    command = [sys.executable, "-c", FORWARD]
    folder = Path(__file__).parents[1]
    return subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)


def test_an_unknown_architecture_is_told_by_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no architecture resnet") as caught:
        architectures.get("resnet")
    assert "baseline, fusion, histogram, inception-unet, unet" in caught.value.hint
