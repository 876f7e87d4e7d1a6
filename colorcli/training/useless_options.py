"""Options that would change nothing are refused: who gives one believes that it does something."""

from collections.abc import Callable, Collection

from colorcli.errors import UsageError
from colorcli.training import architectures
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.network.encoders import ENCODERS


def refuse_useless_options(config: TrainConfig, given: Collection[str]) -> None:
    """`given` are the names of the fields that the user has set."""
    for name, (has_effect, condition) in CONDITIONS.items():
        if name in given and not has_effect(config):
            raise UsageError(f"--{name.replace('_', '-')} has no effect here", f"It is {condition}.")
    _check_encoder(config.network)


def _check_encoder(network: NetworkConfig) -> None:
    if network.encoder not in (*ENCODERS, "none"):
        raise UsageError(f"there is no encoder {network.encoder}", f"There are {', '.join(ENCODERS)}.")
    if network.encoder == "none" and _design_has_encoder(network):
        raise UsageError(
            f"{network.architecture} cannot do without an encoder",
            "--encoder-weights none gives it one that has learnt nothing; unet and others have none.",
        )


def _design_has_encoder(network: NetworkConfig) -> bool:
    return architectures.get(network.architecture).RECIPE.encoder != "none"


def _has_encoder(config: TrainConfig) -> bool:
    network = config.network
    return _design_has_encoder(network) or _looks_through_encoder(config)


def _looks_through_encoder(config: TrainConfig) -> bool:
    network = config.network
    return network.objective == "critic" or (network.objective == "gan" and network.feature_weight > 0)


def _has_pretrained(config: TrainConfig) -> bool:
    return _design_has_encoder(config.network) and config.pretrained


def _learns(*objectives: str) -> Callable[[TrainConfig], bool]:
    return lambda config: config.network.objective in objectives


_LOOKING = "critic, and of gan with --feature-weight"
_WITH_ENCODER = f"of inception-unet, of fusion, of {_LOOKING}"
CONDITIONS: dict[str, tuple[Callable[[TrainConfig], bool], str]] = {  # when an option does something
    "encoder": (_has_encoder, _WITH_ENCODER),
    "encoder_weights": (_has_encoder, _WITH_ENCODER),
    "unfreeze": (_has_pretrained, "of a pretrained encoder; one without weights learns whole"),
    "encoder_rate": (
        lambda config: _has_pretrained(config) and bool(config.unfreeze),
        "of an encoder that --unfreeze lets learn",
    ),
    "temperature": (lambda config: config.network.has_classes, "of classification and critic"),
    "rebalance": (_learns("classification", "critic"), "of classification and critic"),
    "decoded": (_learns("classification", "critic"), "of classification and critic"),
    "classes": (_learns("critic"), "of critic"),
    "loss": (_learns("regression"), "of regression"),
    "cost": (_learns("histogram"), "of histogram"),
    "adversarial": (_learns("gan", "critic"), "of gan and critic"),
    "feature_weight": (_learns("gan", "critic"), "of gan and critic"),
    "critic_rate": (_learns("gan", "critic"), "of gan and critic"),
    "critic_first": (_learns("gan", "critic"), "of gan and critic"),
    "critic_weights": (_looks_through_encoder, f"of {_LOOKING}"),
}
