"""Where a run computes: one device, several of one machine, or several machines."""

import os
from contextlib import AbstractContextManager, nullcontext

import keras

from colorcli.training.colorization import Colorization
from colorcli.training.dataset import Batches, Portion
from colorcli.training.pace import Pace


class Machine:
    """One device of any backend."""

    portion = Portion()  # of every epoch's batches
    replicas = 1  # devices that compute each step together

    @property
    def leads(self) -> bool:
        """Whether this process writes the files of the run."""
        return self.portion.rank == 0

    def scope(self) -> AbstractContextManager[object]:
        """Models built within belong to these devices."""
        return nullcontext()

    def fit(self, learner: Colorization, batches: Batches, pace: Pace) -> None:
        """Train on the batches until `pace` says stop."""
        learner.fit(batches, verbose=0, callbacks=[pace], shuffle=False)


class Mirrored(Machine):
    """Several devices of one machine: each gets a part of every batch, and the same weights."""

    def __init__(self, devices: list[str]) -> None:
        import tensorflow as tf

        self.strategy = tf.distribute.MirroredStrategy(devices)
        self.replicas = len(devices)

    def scope(self) -> AbstractContextManager[object]:
        scope: AbstractContextManager[object] = self.strategy.scope()
        return scope


def find() -> Machine:
    """All GPUs there are (or logical processors, where somebody has divided the processor into several).

    TF_CONFIG makes this process one of several machines. To be called before TensorFlow computes anything.
    """
    if keras.backend.backend() != "tensorflow":
        return Machine()
    if "TF_CONFIG" in os.environ:
        from colorcli.training.workers import Cluster

        return Cluster(os.environ["TF_CONFIG"])
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return Mirrored([device.name for device in devices]) if len(devices) > 1 else Machine()
