"""Runs on two devices and on two machines; both are processes of their own, for TensorFlow is set up once."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from colorcli.errors import UsageError
from colorcli.training.cluster import portion_of
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.data.batches import Portion
from colorcli.training.run_folder.history import read_history
from colorcli.training.trainer import Listener, start

from .helpers import small, write_photographs

# Without batch normalisation and dropout, so that halves of a batch add up to the whole.
NETWORK = NetworkConfig("fusion", "regression", width=0.05, encoder="tiny")

TRAIN = """
import os, signal, sys
from pathlib import Path
import numpy as np
import tensorflow as tf

devices, stop_at = int(sys.argv[5]), int(sys.argv[6])
parts = [tf.config.LogicalDeviceConfiguration()] * devices
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)

from colorcli.training.config import TrainConfig
from colorcli.training.trainer import Listener, start

def press(progress):
    if progress.step == stop_at:
        os.kill(os.getpid(), signal.SIGINT)

plan, folder, cache = map(Path, sys.argv[1:4])
run = start(TrainConfig.load(plan), folder, cache)
print("finished", run.go_on(Listener(on_progress=press)), "at", run.position.step)
print("finished", run.go_on(Listener()), "at", run.position.step)
print("replicas", run.devices.replicas)
np.savez(sys.argv[4], *[np.asarray(weight) for weight in run.learner.network.weights])
"""


@pytest.fixture
def plan(tmp_path: Path) -> TrainConfig:
    config = small(
        write_photographs(tmp_path / "photos"), network=NETWORK, validation=0.0, epochs=2, clip=0.0
    )
    (tmp_path / "plan").mkdir()
    config.save(tmp_path / "plan")
    return config


def launch(
    folder: Path, result: str, devices: int = 1, stop_at: int = 0, **environment: str
) -> "subprocess.Popen[str]":
    """A process that trains as the plan says; its weights end up in the file `result`."""
    places = [folder / "plan", folder / "run", folder / "cache", folder / result]
    return subprocess.Popen(
        [sys.executable, "-c", TRAIN, *places, str(devices), str(stop_at)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> str:
    """What it printed."""
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output


def weights(path: Path) -> list[np.ndarray]:
    with np.load(path) as file:
        return [file[name] for name in file]


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def test_two_devices_learn_what_one_would(plan: TrainConfig, tmp_path: Path) -> None:
    plan = replace(plan, batch_size=20, epochs=4)  # an epoch is one batch, half for each device
    plan.save(tmp_path / "plan")
    mirrored = launch(tmp_path, "two.npz", devices=2)
    alone = start(plan, tmp_path / "alone", tmp_path / "cache")
    assert alone.go_on(Listener())
    assert "replicas 2" in ended(mirrored)
    two = weights(tmp_path / "two.npz")
    for one, other in zip(alone.learner.network.weights, two, strict=True):
        assert np.allclose(np.asarray(one), other, atol=1e-4)
    losses = [[epoch.loss for epoch in read_history(tmp_path / name)] for name in ("alone", "run")]
    assert np.allclose(*losses, rtol=1e-3)


def test_two_machines_end_with_equal_weights(plan: TrainConfig, tmp_path: Path) -> None:
    """Ctrl-C at one of them stops both after the same step; both can go on."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    tasks = [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}) for index in (0, 1)]
    machines = [
        launch(tmp_path, f"{index}.npz", stop_at=3 * index, TF_CONFIG=task)
        for index, task in enumerate(tasks)
    ]
    for machine in machines:
        assert ended(machine).splitlines() == ["finished False at 3", "finished True at 4", "replicas 2"]
    first, second = (weights(tmp_path / f"{index}.npz") for index in (0, 1))
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    history = read_history(tmp_path / "run")
    assert [epoch.step for epoch in history] == [2, 4]
    assert np.isfinite(history[-1].loss)


def test_which_machine_is_which() -> None:
    cluster = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
    tasks = [{"type": "chief", "index": 0}, {"type": "worker", "index": 1}]
    portions = [portion_of(json.dumps({"cluster": cluster, "task": task})) for task in tasks]
    assert portions == [Portion(0, 3), Portion(2, 3)]
    for wrong in ("", "{}", "[]", '{"cluster": {}, "task": {"type": "worker", "index": 0}}'):
        with pytest.raises(UsageError, match="TF_CONFIG does not say"):
            portion_of(wrong)
