"""What each objective asks for, and how it reads colour off the network's numbers."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import ops
from keras.ops import convert_to_numpy as to_numpy

from colorcli.color import lab
from colorcli.errors import UsageError
from colorcli.training import objectives
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.data.palette import needs_palette
from colorcli.training.network.encoders import build_encoder, lower_maps
from colorcli.training.network.layers import SpectralConv
from colorcli.training.network.perception import feature_distance, lab_to_rgb
from colorcli.training.objectives import Objective, shrink
from colorcli.training.objectives.critic import levelled
from colorcli.training.objectives.histogram import CENTRES, local_histograms
from colorcli.training.optimizer import Adam

from .tiny_networks import tiny_network, tiny_photographs

PLAIN = tiny_network("baseline", "regression")


def objective(name: str, **changes: object) -> Objective:
    return objectives.build(name, replace(PLAIN, **changes))  # type: ignore[arg-type]


def loss(judge: Objective, truth: np.ndarray, raw: np.ndarray) -> float:
    lightness = np.full((*truth.shape[:3], 1), 50, np.float32)
    return float(judge.loss(*(ops.convert_to_tensor(array) for array in (lightness, truth, raw))))


@pytest.mark.parametrize("side", range(1, 20))
@pytest.mark.parametrize("stride", [1, 2, 4, 8])
def test_the_truth_shrinks_to_the_size_of_the_output(side: int, stride: int) -> None:
    truth = np.zeros((1, side, side, 2), np.float32)
    raw = np.zeros((1, -(-side // stride), -(-side // stride), 64), np.float32)
    assert shrink(truth, raw).shape[:3] == raw.shape[:3]
    assert local_histograms(truth, raw).shape[:3] == raw.shape[:3]


def test_the_truth_is_averaged_over_what_an_output_pixel_covers() -> None:
    truth = np.arange(4 * 4 * 2, dtype=np.float32).reshape(1, 4, 4, 2)
    wanted = truth.reshape(1, 2, 2, 2, 2, 2).mean((2, 4))
    np.testing.assert_allclose(to_numpy(shrink(truth, np.zeros((1, 2, 2, 9)))), wanted)


@pytest.mark.parametrize(("name", "wanted"), [("mse", 0.04), ("l1", 0.2), ("huber", 0.1 * (0.2 - 0.05))])
def test_regression_measures_ab_as_a_share_of_128(name: str, wanted: float) -> None:
    judge = objective("regression", loss=name)
    truth = np.full((1, 2, 2, 2), 0.5 * 128, np.float32)
    raw = np.full((1, 2, 2, 2), np.arctanh(0.3), np.float32)
    assert loss(judge, truth, raw) == pytest.approx(wanted, rel=1e-4)
    np.testing.assert_allclose(to_numpy(judge.decode(raw)), 0.3 * 128, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("regression", {"loss": "cosine"}, "no loss cosine"),
        ("histogram", {"cost": "chi2"}, "no cost chi2"),
        ("classification", {"palette": ()}, "palette of 0 colours"),
        ("gan", {"decoder": "gan"}, "cannot speak gan"),
        ("gan", {"encoder": "none"}, "needs an encoder"),
        ("poetry", {}, "no objective poetry"),
    ],
)
def test_what_cannot_be_built_is_said(name: str, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        objective(name, **changes)


def test_a_low_temperature_takes_the_likeliest_class_and_a_high_one_the_mean() -> None:
    judge = objective("classification")
    raw = np.zeros((1, 1, 1, len(PLAIN.palette)), np.float32)
    raw[..., -1] = 1  # a, b of 50
    modest, bold = (to_numpy(judge.decode(raw, value)).ravel() for value in (1.0, 0.02))
    np.testing.assert_allclose(bold, 50, atol=0.01)
    likelihood = np.exp(raw.ravel()) / np.exp(raw).sum()
    np.testing.assert_allclose(modest, likelihood @ np.array(PLAIN.palette)[:, :2], rtol=1e-4)
    np.testing.assert_array_equal(to_numpy(judge.decode(raw)), to_numpy(judge.decode(raw, PLAIN.temperature)))


def test_classification_wants_the_class_of_the_truth_and_a_rare_one_more() -> None:
    palette = tuple((a, b, 0.9 if (a, b) == (0.0, 0.0) else 0.1 / 24) for a, b, _ in PLAIN.palette)
    judge = objective("classification", palette=palette)
    index = {colour[:2]: number for number, colour in enumerate(palette)}
    losses = {}
    for colour in ((0.0, 0.0), (50.0, 50.0)):
        truth = np.full((1, 1, 1, 2), colour, np.float32)
        raw = np.zeros((1, 1, 1, len(palette)), np.float32)
        losses[colour, "unsure"] = loss(judge, truth, raw)
        raw[..., index[colour]] = 5
        losses[colour, "right"] = loss(judge, truth, raw)
        raw[..., index[-50.0, 25.0]] = 10
        losses[colour, "wrong"] = loss(judge, truth, raw)
        assert losses[colour, "right"] < losses[colour, "unsure"] < losses[colour, "wrong"]
    assert losses[(50.0, 50.0), "unsure"] > 1.2 * losses[(0.0, 0.0), "unsure"]


def test_a_local_histogram_counts_what_lies_around() -> None:
    """A photograph half of one colour, half of another: both are seen at the border, one elsewhere."""
    truth = np.zeros((1, 32, 32, 2), np.float32)
    truth[:, :, :16], truth[:, :, 16:] = (CENTRES[20], CENTRES[5]), (CENTRES[9], CENTRES[5])
    shares = to_numpy(local_histograms(truth, np.zeros((1, 8, 8, 64))))[0, 4]
    assert shares.shape == (8, 2, 32)
    np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(shares[:, 1, 5], 1, rtol=1e-5)
    np.testing.assert_allclose(shares[:, 0, 20], [1, 1, 1, 0.75, 0.25, 0, 0, 0], atol=1e-5)


@pytest.mark.parametrize("cost", ["kl", "emd"])
def test_histogram_is_content_with_the_truth_alone(cost: str) -> None:
    judge = objective("histogram", cost=cost)
    truth = np.full((1, 8, 8, 2), CENTRES[20], np.float32)
    costs = [loss(judge, truth, peak_at(number)) for number in (20, 21, 30)]
    assert costs[0] == pytest.approx(0, abs=1e-3)
    assert costs[0] < costs[1]
    if cost == "emd":
        np.testing.assert_allclose(costs[1:], [1, 10], atol=1e-2)
    np.testing.assert_allclose(to_numpy(judge.decode(peak_at(20))), CENTRES[20], atol=0.01)


def peak_at(number: int) -> np.ndarray:
    """The network's numbers when it is sure of one bin, of a and of b."""
    raw = np.zeros((1, 4, 4, 2, 32), np.float32)
    raw[..., number] = 20
    return raw.reshape(1, 4, 4, 64)


def step(
    name: str, adversarial: float, critic_scale: float = 1.0
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights of the generator and of the critic after one step, always from the same start."""
    keras.utils.set_random_seed(1)
    model = build(replace(tiny_network("fusion", name), adversarial=adversarial, feature_weight=0.0))
    critic = model.objective.critic
    rng = np.random.default_rng(1)
    critic.set_weights(
        [weight + 0.1 * critic_scale * rng.random(weight.shape) for weight in critic.get_weights()]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.1), run_eagerly=True)
    model.train_on_batch(*tiny_photographs())
    return model.network.get_weights(), critic.get_weights()


def same(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return all(np.array_equal(*pair) for pair in zip(left, right, strict=True))


@pytest.mark.parametrize("name", ["gan", "critic"])
def test_generator_and_critic_learn_from_their_own_parts_of_the_loss_alone(name: str) -> None:
    generator, critic = step(name, adversarial=0)
    other_generator, other_critic = step(name, adversarial=0, critic_scale=2)
    bold_generator, bold_critic = step(name, adversarial=5)
    assert same(generator, other_generator), "the critic's lesson reached the generator"
    assert same(critic, bold_critic), "the critic was made to please the generator"
    assert not same(generator, bold_generator)
    assert not same(critic, other_critic)


def test_the_critic_learns_to_tell_the_truth_from_ours() -> None:
    """While it learns alone, nothing else moves; then it says more of true colour than of ours."""
    keras.utils.set_random_seed(1)
    model = build(replace(tiny_network("baseline", "critic"), feature_weight=1.0))
    config = TrainConfig((), learning_rate=1e-3, critic_rate=1e-2, critic_first=30, ema=0)
    critic = model.objective.critic
    model.compile(optimizer=Adam(config, critic=critic.trainable_variables, beta_1=0.5), jit_compile=False)
    generator = model.network.get_weights()
    lightness, truth = tiny_photographs()
    for _ in range(30):
        model.train_on_batch(lightness, truth)
    assert same(
        [
            weight
            for weight, variable in zip(model.network.get_weights(), model.network.weights, strict=True)
            if variable.trainable
        ],
        [
            weight
            for weight, variable in zip(generator, model.network.weights, strict=True)
            if variable.trainable
        ],
    )
    assert verdict(model, truth) > verdict(model, model.colour(lightness)) + 0.3
    model.train_on_batch(lightness, truth)
    assert not same(generator, model.network.get_weights())


@pytest.mark.parametrize("classes", [0.0, 0.9])
def test_the_critic_counts_the_distance_of_colour_once(classes: float) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(-50, 50, (1, 16, 16, 2)).astype(np.float32)
    raw = rng.normal(size=(1, 4, 4, len(PLAIN.palette))).astype(np.float32)
    losses = []
    for decoded in (0.0, 0.6):
        keras.utils.set_random_seed(1)
        judge = objective("critic", decoded=decoded, classes=classes)
        losses.append(loss(judge, truth, raw))
    distance = np.abs(to_numpy(judge.decode(raw)) - to_numpy(shrink(truth, raw))).mean() / 10
    assert losses[1] - losses[0] == pytest.approx(0.6 * distance, rel=1e-3)


def verdict(model: Colorization, ab: np.ndarray) -> float:
    """What the critic says of a colouring of the tiny photographs."""
    lightness, truth = tiny_photographs()
    raw = model.network(lightness)
    judge = model.objective
    small = ops.average_pool(ops.convert_to_tensor(lightness), 2, 2)
    found, wanted = (judge.maps(small, shrink(ops.convert_to_tensor(colour), raw)) for colour in (ab, truth))
    return float(ops.mean(judge.critic(levelled(found, wanted))))


def test_a_spectral_convolution_enlarges_no_difference() -> None:
    convolution = SpectralConv(6, 1)
    features = np.random.default_rng(3).normal(size=(1, 1, 500, 8)).astype(np.float32)
    convolution(features)
    kernel = to_numpy(convolution.kernel)
    convolution.kernel.assign(kernel * 7)
    answer = to_numpy(convolution(features))
    largest = np.linalg.svd(kernel.reshape(8, 6))[1][0]
    np.testing.assert_allclose(answer, features @ kernel.reshape(8, 6) / largest, atol=0.05)
    assert np.all(np.linalg.norm(answer, axis=-1) <= 1.05 * np.linalg.norm(features, axis=-1))


@pytest.mark.parametrize("decoder", ["classification", "histogram", "regression"])
def test_gan_speaks_as_its_decoder_does(decoder: str) -> None:
    gan, spoken = objective("gan", decoder=decoder), objective(decoder)
    raw = np.random.default_rng(0).normal(size=(1, 2, 2, spoken.channels)).astype(np.float32)
    assert (gan.channels, gan.temperature) == (spoken.channels, spoken.temperature)
    np.testing.assert_array_equal(to_numpy(gan.decode(raw)), to_numpy(spoken.decode(raw)))


def test_the_picture_that_the_feature_loss_sees_is_that_of_colorize() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    lightness, ab = lab.split(rgb)
    seen = to_numpy(lab_to_rgb(lightness[None, ..., None], ab[None]))[0]
    np.testing.assert_allclose(seen * 255, rgb, atol=0.05)


def test_feature_distance_is_none_for_the_truth_and_grows_with_the_fault() -> None:
    encoder = lower_maps(build_encoder("tiny"))
    lightness, truth = (ops.convert_to_tensor(array) for array in tiny_photographs())
    truth = ops.average_pool(truth, 4)
    none, dull, grey = (
        float(feature_distance(encoder, lightness, truth * saturation, truth)) for saturation in (1, 0.7, 0)
    )
    assert none == 0
    assert 0 < dull < grey


@pytest.mark.parametrize(
    ("objective", "decoder", "needs"),
    [
        ("classification", "regression", True),
        ("critic", "regression", True),
        ("gan", "classification", True),
        ("gan", "regression", False),
        ("regression", "classification", False),
    ],
)
def test_who_answers_with_classes_finds_a_palette(objective: str, decoder: str, needs: bool) -> None:
    network = NetworkConfig(objective=objective, decoder=decoder)
    assert needs_palette(network) == needs
    assert not needs_palette(replace(network, palette=((0.0, 0.0, 1.0),)))
