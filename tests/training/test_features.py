"""Features that are kept: the network divided, the numbers that come back, and runs that learn from them."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as to_numpy

from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.data.batches import Batches
from colorcli.training.data.cache import open_cache
from colorcli.training.data.photographs import Photographs
from colorcli.training.devices import Devices
from colorcli.training.features.batches import FOLDER, FeatureBatches
from colorcli.training.features.disk_limit import limited_folder
from colorcli.training.features.quantized import Scale, record_type
from colorcli.training.features.split_network import split_network
from colorcli.training.features.store import FeatureStore
from colorcli.training.features.training_input import open_training_input
from colorcli.training.learner import build_learner, give_first_weights
from colorcli.training.network.encoders import build_encoder, unfreeze
from colorcli.training.run_folder.checkpoint import CHECKPOINT_NAME, WEIGHTS_NAME
from colorcli.training.trainer import Listener, resume, start

from .helpers import largest_file, small, write_photographs
from .tiny_networks import PALETTE, tiny_network

SHAPE = (4, 4, 3)
RECORD = record_type(8, 1, [SHAPE])
KILLED = """
import os, signal, sys
from pathlib import Path
from colorcli.training.config import TrainConfig
from colorcli.training.trainer import Listener, start

def die(progress):
    if progress.step == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)

plan, folder, cache = map(Path, sys.argv[1:4])
start(TrainConfig.load(plan), folder, cache).go_on(Listener(on_progress=die))
"""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("source") / "photos")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of a tiny encoder that has learnt before."""
    keras.utils.set_random_seed(3)
    path = tmp_path_factory.mktemp("weights") / "tiny.weights.h5"
    build_encoder("tiny").save_weights(path)
    return path


@pytest.fixture(scope="module")
def config(photographs: Path, weights: Path) -> TrainConfig:
    """Three epochs, of which the last one meets the first one's crops again, in another order."""
    return small(photographs, encoder_weights=str(weights), unfreeze="conv2d_4", epochs=3)


@pytest.fixture(scope="module")
def whole(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbs, with its own cache beside it."""
    folder = tmp_path_factory.mktemp("runs")
    assert start(config, folder / "run", folder / "cache").go_on(Listener())
    return folder


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the library says, also after a command has taken its log over."""
    logger = logging.getLogger("colorcli")
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)
    logger.propagate = propagated


def equal(first: Path, second: Path) -> bool:
    """Whether two runs ended with the same weights, averages and optimizer, to the bit."""
    for name in (CHECKPOINT_NAME, WEIGHTS_NAME):
        with np.load(first / name) as one, np.load(second / name) as two:
            names = set(one) - {"position"}
            if names != set(two) - {"position"} or any(not np.array_equal(one[n], two[n]) for n in names):
                return False
    return True


def files(cache: Path) -> list[Path]:
    return sorted((cache / FOLDER).glob("*/*.bin"))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def tiny_model(architecture: str, objective: str, first: str) -> Colorization:
    keras.utils.set_random_seed(1)
    model = build(replace(tiny_network(architecture, objective), feature_weight=0.1, decoded=0.5))
    unfreeze(model.encoder, first, pretrained=True)
    return model


def answers(model: Colorization, name: str, lightness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the network, and of its two parts one after the other."""
    divided = split_network(model.network, model.encoder, name)
    assert divided
    maps = keras.tree.flatten(divided.prefix.predict_on_batch(lightness))
    return to_numpy(model.network(lightness)), to_numpy(divided.rest([lightness, *maps]))


@pytest.mark.parametrize("architecture", ["inception-unet", "fusion"])
@pytest.mark.parametrize("first", ["", "conv2d_5", "conv2d_4", "conv2d_2"])
def test_the_parts_answer_as_the_whole(architecture: str, first: str) -> None:
    lightness = np.random.default_rng(0).uniform(0, 100, (2, 40, 56, 1)).astype(np.float32)
    model = tiny_model(architecture, "classification", first)
    whole, parts = answers(model, "tiny", lightness)
    np.testing.assert_allclose(parts, whole, atol=1e-4)
    assert np.ptp(whole) > 0.01
    np.testing.assert_array_equal(answers(model, "tiny", lightness)[1], parts)  # it can be divided again


@pytest.mark.slow
@pytest.mark.parametrize("first", ["", "mixed1", "mixed3", "mixed8"])
def test_the_parts_of_inception_answer_as_the_whole(first: str) -> None:
    lightness = np.random.default_rng(0).uniform(0, 100, (1, 64, 64, 1)).astype(np.float32)
    model = build(NetworkConfig(width=0.1, palette=PALETTE))
    unfreeze(model.encoder, first, pretrained=True)
    whole, parts = answers(model, "inception-v3", lightness)
    np.testing.assert_allclose(parts, whole, atol=1e-3)


@pytest.mark.parametrize("first", ["conv2d_1", "all"])
def test_what_learns_whole_is_not_divided(first: str) -> None:
    model = tiny_model("inception-unet", "classification", first)
    assert split_network(model.network, model.encoder, "tiny") is None


def test_codes_are_within_half_a_step() -> None:
    rng = np.random.default_rng(0)
    maps = np.maximum(rng.normal(0.5, 1, (4, 32, 32, 3)), 0) * (1, 10, 0) + (0, -5, 0)
    maps = maps.astype(np.float32)
    scale = Scale.measured(maps)
    back = to_numpy(scale.unpack(scale.pack(maps)))
    error = np.abs(back - maps)
    high = scale.low + 255 * scale.step
    within = (maps >= scale.low) & (maps <= high)
    assert within.mean() > 0.998
    assert (error / scale.step)[within].max() <= 0.501
    assert np.all(back[..., 0][maps[..., 0] == 0] == 0)  # silence stays silence
    assert scale.step[1] > 5 * scale.step[0]  # each channel has its own
    assert np.all(back[..., 2] == 0)


@pytest.mark.parametrize("objective", ["classification", "regression", "histogram", "gan", "critic"])
def test_the_loss_of_features_is_that_of_their_crops(
    objective: str, photographs: Path, weights: Path, tmp_path: Path
) -> None:
    network = tiny_network("inception-unet", objective)
    config = small(photographs, network=network, encoder_weights=str(weights), unfreeze="conv2d_3")
    with fed(config, tmp_path) as (learner, photos, inputs):
        (codes, small_ab), (lightness, ab) = inputs.batches(0)[1], Batches(photos, config, 0)[1]
        ours = inputs.learner.compute_loss(codes, small_ab, inputs.learner(codes))
        wanted = learner.compute_loss(lightness, ab, learner(lightness))
        assert float(ours) == pytest.approx(float(wanted), rel=0.01)


@contextmanager
def fed(config: TrainConfig, cache: Path):
    photos = Photographs.divided(open_cache(config.sources, (), 64, cache), config.validation)
    learner = build_learner(config, Devices())
    give_first_weights(learner, config)
    with open_training_input(learner, photos, config, Devices()) as inputs:
        yield learner, photos, inputs


def test_later_epochs_meet_the_crops_of_the_first_ones(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, network=replace(config.network, palette=PALETTE))

    def epoch(inputs, number: int) -> list[tuple[np.ndarray, ...]]:
        batches = inputs.batches(number)
        assert isinstance(batches, FeatureBatches)
        return [(*codes, ab) for codes, ab in (batches[index] for index in range(len(batches)))]

    def crops(batches: list[tuple[np.ndarray, ...]]) -> set[tuple[bytes, ...]]:
        """Each crop by all its bytes."""
        return {
            tuple(part.tobytes() for part in crop) for batch in batches for crop in zip(*batch, strict=True)
        }

    with fed(config, tmp_path) as (_, photos, inputs):
        first, second, third, fourth = (crops(epoch(inputs, number)) for number in range(4))
        again = crops(epoch(inputs, 0))
    count = len(photos.train) // 4 * 4
    assert len(first) == len(second) == len(third) == count
    assert first == again
    assert not first & second
    left_out = len(photos.train) - count
    assert len(first & third) >= count - left_out
    assert len(second & fourth) >= count - left_out


def test_a_run_learns_behind_the_cut_and_keeps_the_rest(whole: Path, config: TrainConfig) -> None:
    learner = resume(whole / "run", whole / "cache").learner
    pretrained = build_encoder("tiny")
    pretrained.load_weights(config.encoder_weights)
    for ours, theirs in zip(learner.encoder.layers[1:], pretrained.layers[1:], strict=True):
        same = np.array_equal(ours.get_weights()[0], theirs.get_weights()[0])
        assert same == (ours.name < "conv2d_4")
    assert len(files(whole / "cache")) >= 6
    assert size(whole / "cache" / FOLDER) < 1_000_000


def test_a_run_from_kept_features_is_the_same(whole: Path, config: TrainConfig, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in files(whole / "cache")}
    assert start(config, tmp_path / "run", whole / "cache").go_on(Listener())
    assert equal(tmp_path / "run", whole / "run")
    assert {path: path.stat().st_mtime_ns for path in files(whole / "cache")} == before


@pytest.mark.parametrize("step", [5, 8])
def test_a_killed_run_ends_as_if_nothing_had_been(
    step: int, whole: Path, config: TrainConfig, tmp_path: Path
) -> None:
    """In the epoch that keeps features, and in the one that finds them."""
    (tmp_path / "plan").mkdir()
    config.save(tmp_path / "plan")
    places = [tmp_path / "plan", tmp_path / "run", tmp_path / "cache"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *places, str(step)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert files(tmp_path / "cache")
    assert resume(tmp_path / "run", tmp_path / "cache").go_on(Listener())
    assert equal(tmp_path / "run", whole / "run")


def test_damaged_and_lost_files_are_made_again(whole: Path, config: TrainConfig, tmp_path: Path) -> None:
    kept = files(whole / "cache")
    before = [path.read_bytes() for path in kept]
    kept[0].unlink()
    kept[1].write_bytes(before[1][:-1])
    kept[2].write_bytes(before[2][:100] + bytes([before[2][100] ^ 1]) + before[2][101:])
    (kept[0].parent / "scales.npz").write_bytes(b"no scales")
    assert start(config, tmp_path / "run", whole / "cache").go_on(Listener())
    assert [path.read_bytes() for path in kept] == before
    assert equal(tmp_path / "run", whole / "run")


def test_other_weights_and_other_crops_have_other_features(
    whole: Path, config: TrainConfig, tmp_path: Path
) -> None:
    """And what does not matter for them changes nothing."""
    other = tmp_path / "other.weights.h5"
    build_encoder("tiny").save_weights(other)
    folders = [
        feature_folder(replace(config, **changes), whole / "cache")
        for changes in (
            {"epochs": 9},
            {"encoder_weights": str(other)},
            {"scale": 0.5},
            {"unfreeze": "conv2d_3"},
        )
    ]
    assert folders[0] == files(whole / "cache")[0].parent
    assert len(set(folders)) == len(folders)


def feature_folder(config: TrainConfig, cache: Path) -> Path:
    """Where its features are kept."""
    config = replace(config, network=replace(config.network, palette=PALETTE))
    with fed(config, cache) as (_, _, inputs):
        return inputs.batches(0).features.store.folder


def test_the_limit_is_respected(config: TrainConfig, tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    """A run goes on without what has no room, is told once, and is the same when it is killed and resumed."""
    config = replace(config, features_limit=25e-6)
    assert start(config, tmp_path / "run", tmp_path / "cache").go_on(Listener())
    assert 0 < size(tmp_path / "cache" / FOLDER) <= 25_000
    assert 0 < len(files(tmp_path / "cache")) < 6
    assert sum("--features-limit" in record.message for record in log.records) == 1
    press = Listener(on_progress=lambda progress: progress.step == 8 and os.kill(os.getpid(), signal.SIGINT))
    assert not start(config, tmp_path / "again", tmp_path / "cold").go_on(press)
    assert resume(tmp_path / "again", tmp_path / "cold").go_on(Listener())
    assert equal(tmp_path / "again", tmp_path / "run")


def test_without_room_nothing_is_kept(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, features_limit=0, network=replace(config.network, palette=PALETTE))
    with fed(config, tmp_path) as (_, _, inputs):
        assert [len(inputs.batches(epoch)[0][1]) for epoch in range(3)] == [4, 4, 4]
    assert not files(tmp_path)


def test_without_features_it_learns_from_crops(config: TrainConfig, tmp_path: Path) -> None:
    plain = replace(config, features=False, network=replace(config.network, palette=PALETTE))
    with fed(plain, tmp_path) as (learner, _, inputs):
        assert inputs.learner is learner
        assert isinstance(inputs.batches(0), Batches)
    assert not (tmp_path / FOLDER).exists()


def store(folder: Path, room: int = 10_000) -> FeatureStore:
    return FeatureStore(folder, RECORD, rows=2, room=room)


def records(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, 2 * RECORD.itemsize, dtype=np.uint8)
    return noise.view(RECORD)


def test_a_store_gives_back_what_it_got(tmp_path: Path) -> None:
    kept = store(tmp_path)
    assert kept.read(3) is None
    kept.write(3, records(0))
    wanted = records(0)
    found = store(tmp_path).read(3)
    assert found is not None
    assert np.array_equal(found["map0"], wanted["map0"])
    one = store(tmp_path).read_one(3, 1)
    assert one is not None
    assert np.array_equal(one["lightness"], wanted["lightness"][1])


def test_a_full_disk_is_told_once(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    kept = store(tmp_path)
    kept.write(0, records(0))
    with largest_file(100):
        for number in (1, 2):
            kept.write(number, records(number))
    assert kept.read(0) is not None
    assert kept.read(1) is None
    assert not kept.takes(1)
    assert len(log.records) == 1
    assert "no more features are kept" in log.records[0].message
    assert [path.name for path in tmp_path.iterdir()] == ["0000000.bin"]


def test_batches_are_the_same_on_a_full_disk(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, network=replace(config.network, palette=PALETTE))
    with fed(config, tmp_path / "room") as (_, _, inputs):
        wanted = inputs.batches(0)[0]
    with fed(config, tmp_path / "none") as (_, _, inputs), largest_file(100):
        found = inputs.batches(0)[0]
        later = inputs.batches(2)[0]
    assert all(np.array_equal(*pair) for pair in zip(wanted[0], found[0], strict=True))
    assert later[1].shape == wanted[1].shape


def test_old_features_go_when_the_limit_asks_for_it(tmp_path: Path) -> None:
    for age, key in enumerate(("newer", "older", "oldest")):
        with limited_folder(tmp_path, key, wanted=1000, limit=10_000) as (folder, _):
            (folder / "0000000.bin").write_bytes(b"x" * 1000)
        os.utime(folder / "lock", (1e9 - age, 1e9 - age))
    with limited_folder(tmp_path, "ours", wanted=1000, limit=4000) as (_, room):
        assert room == 1000
        assert sorted(path.name for path in tmp_path.iterdir()) == ["newer", "older", "oldest", "ours"]
    with limited_folder(tmp_path, "ours", wanted=2000, limit=4000) as (_, room):
        assert room == 2000
        assert sorted(path.name for path in tmp_path.iterdir()) == ["newer", "older", "ours"]


def test_features_that_somebody_works_with_stay(tmp_path: Path) -> None:
    with limited_folder(tmp_path, "theirs", wanted=1000, limit=10_000) as (folder, _):
        (folder / "0000000.bin").write_bytes(b"x" * 1000)
        with limited_folder(tmp_path, "ours", wanted=1000, limit=1500) as (_, room):
            assert room == 500
        assert (folder / "0000000.bin").exists()


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    with limited_folder(tmp_path / "file", "ours", wanted=1000, limit=10_000) as (folder, room):
        assert room == 0
        assert store(folder, room).read(0) is None
    assert "features are not kept" in log.text
