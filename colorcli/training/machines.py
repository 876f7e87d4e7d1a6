"""Finds where a run computes: one device, several of one machine, or several machines."""

import os
from contextlib import AbstractContextManager

import keras

from colorcli.training.machine import Machine


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
