"""What computes a run, as the trainer sees it; this one is a single device."""

from contextlib import AbstractContextManager, nullcontext

import keras

from colorcli.training.colorization import Colorization
from colorcli.training.dataset import Portion
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

    def fit(self, learner: Colorization, batches: keras.utils.PyDataset, pace: Pace) -> None:
        """Train on the batches until `pace` says stop."""
        learner.fit(batches, verbose=0, callbacks=[pace], shuffle=False)
