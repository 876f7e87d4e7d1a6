"""Several machines, each told its part by TF_CONFIG; the one file here that only TensorFlow can run.

Every machine runs the same command on the same photographs and a shared run folder. The batches of an epoch
are dealt out to them in turn, their gradients are added up in every step, and so the weights stay equal.
Keras's `fit` cannot do that, hence the step by hand.
"""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import tensorflow as tf

from colorcli.errors import UsageError
from colorcli.training.colorization import Colorization
from colorcli.training.data.batches import Batch, Batches, Portion
from colorcli.training.devices import Devices
from colorcli.training.fit_callback import FitCallback

AHEAD = 8  # batches prepared while the machines compute


class SeveralMachines(Devices):
    """This process as one of several."""

    def __init__(self, description: str) -> None:
        """`description`: what TF_CONFIG holds."""
        self.portion = portion_of(description)
        self.strategy = tf.distribute.MultiWorkerMirroredStrategy()
        self.replicas = self.strategy.num_replicas_in_sync
        self.devices = self.replicas // self.portion.of  # of this machine

    def scope(self) -> AbstractContextManager[object]:
        scope: AbstractContextManager[object] = self.strategy.scope()
        return scope

    def fit(self, learner: Colorization, batches: Batches, callback: FitCallback) -> None:
        losses: list[float] = []
        for batch in _prefetched(batches):
            learner.optimizer.learning_rate = callback.rate
            shares = self.strategy.experimental_distribute_values_from_function(
                lambda context, batch=batch: self._share(batch, context.replica_id_in_sync_group)
            )
            losses.append(float(self._step(learner, shares)))
            callback.advance(float(np.mean(losses)))
            self._agree(callback)
            if callback.over:
                break

    def _share(self, batch: Batch, replica: int) -> tuple[tf.Tensor, tf.Tensor]:
        lightness, ab = batch
        mine = slice(replica % self.devices, None, self.devices)
        return lightness[mine], ab[mine]

    @tf.function
    def _step(self, learner: Colorization, shares: tf.distribute.DistributedValues) -> tf.Tensor:
        """One step of all machines together; the mean loss."""

        def learn(share: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
            lightness, ab = share
            with tf.GradientTape() as tape:
                loss = learner.compute_loss(lightness, ab, learner(lightness, training=True))
            variables = learner.trainable_variables
            learner.optimizer.apply(tape.gradient(loss, variables), variables)
            return loss

        return self.strategy.reduce("SUM", self.strategy.run(learn, args=(shares,)), axis=None)

    def _agree(self, callback: FitCallback) -> None:
        """What follows from clocks and signals must be the same on all machines, or they wait for ever."""
        mine = tf.constant([callback.position.seconds, callback.checkpoint_due, callback.asked], tf.float32)
        seconds, due, asked = self._mean(mine).numpy()
        callback.position = replace(callback.position, seconds=float(seconds))
        callback.checkpoint_due, callback.asked = bool(due), bool(asked)

    @tf.function
    def _mean(self, mine: tf.Tensor) -> tf.Tensor:
        return self.strategy.reduce("MEAN", self.strategy.run(tf.identity, args=(mine,)), axis=None)


def portion_of(description: str) -> Portion:
    """Which machine of how many TF_CONFIG says this one is; the first one leads."""
    try:
        config = json.loads(description)
        cluster, task = config["cluster"], config["task"]
        everyone = [
            (kind, index) for kind in ("chief", "worker") for index in range(len(cluster.get(kind, ())))
        ]
        return Portion(everyone.index((task["type"], int(task["index"]))), len(everyone))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"TF_CONFIG does not say which machine this is: {error!r}",
            'Such as {"cluster": {"worker": ["a:9000", "b:9000"]}, "task": {"type": "worker", "index": 0}}.',
        ) from error


def _prefetched(batches: Batches) -> Iterator[Batch]:
    signature = tuple(tf.TensorSpec((None, None, None, depth), tf.float32) for depth in (1, 2))
    dataset = tf.data.Dataset.from_generator(
        lambda: (batches[index] for index in range(len(batches))), output_signature=signature
    )
    return iter(dataset.prefetch(AHEAD))
