"""`colorcli train`: from photographs to a run that `colorcli export` makes a model of."""

import logging
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from colorcli.cli import options
from colorcli.cli import train_options as wanted
from colorcli.cli.process import Interrupted
from colorcli.errors import UsageError

if TYPE_CHECKING:
    from colorcli.console import Console
    from colorcli.training.config import NetworkConfig, TrainConfig

_LOG = logging.getLogger("colorcli")
Given = dict[str, Any]  # the options by name; None or False where the user left them out
WITH_RESUME = {"resume", "minutes", "cache", "quiet", "verbose"}


def train(
    context: typer.Context,
    sources: wanted.Sources = None,
    out: wanted.Out = None,
    resume: wanted.Resume = None,
    start: wanted.Start = None,
    epochs: wanted.Epochs = None,
    minutes: wanted.Minutes = None,
    checkpoint_minutes: wanted.CheckpointMinutes = None,
    seed: wanted.Seed = None,
    recipe: wanted.Recipe = "final",
    architecture: wanted.Architecture = None,
    objective: wanted.Objective = None,
    width: wanted.Width = None,
    encoder: wanted.Encoder = None,
    encoder_weights: wanted.EncoderWeights = None,
    unfreeze: wanted.Unfreeze = None,
    encoder_rate: wanted.EncoderRate = None,
    features: wanted.Features = None,
    variants: wanted.Variants = None,
    features_limit: wanted.FeaturesLimit = None,
    critic_rate: wanted.CriticRate = None,
    critic_first: wanted.CriticFirst = None,
    critic_weights: wanted.CriticWeights = None,
    categories: wanted.Categories = None,
    validation: wanted.Validation = None,
    crop: wanted.Crop = None,
    scale: wanted.Scale = None,
    cache: wanted.Cache = None,
    no_flip: wanted.NoFlip = False,
    no_noise: wanted.NoNoise = False,
    no_blur: wanted.NoBlur = False,
    no_fading: wanted.NoFading = False,
    no_curve: wanted.NoCurve = False,
    no_jpeg: wanted.NoJpeg = False,
    batch_size: wanted.BatchSize = None,
    learning_rate: wanted.LearningRate = None,
    warmup: wanted.Warmup = None,
    ema: wanted.Ema = None,
    clip: wanted.Clip = None,
    precision: wanted.Precision = None,
    loss: wanted.Loss = None,
    cost: wanted.Cost = None,
    temperature: wanted.ClassTemperature = None,
    rebalance: wanted.Rebalance = None,
    decoded: wanted.Decoded = None,
    adversarial: wanted.Adversarial = None,
    feature: wanted.Feature = None,
    classes: wanted.Classes = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Train a network on colour photographs. Broken, grey, sepia and tiny ones are left out and listed.

    [dim]$[/dim] colorcli train photographs/ --out run --minutes 60

    [dim]$[/dim] colorcli train --resume run

    [dim]$[/dim] colorcli train photographs/ --start run --objective gan --out vivid --epochs 1
    """
    from colorcli.console import Console
    from colorcli.training.extra import require

    console = Console.open(quiet, verbose)
    _refuse_misfits(context, sources, out, resume)
    require(os.environ.get("KERAS_BACKEND", "tensorflow"), "keras", "matplotlib", "tensorboard")
    home = cache or default_cache()
    if resume:
        _train(resume, None, home, minutes, console)
    elif out:
        _train(out, configure(context.params), home, None, console)


def _refuse_misfits(
    context: typer.Context, sources: list[str] | None, out: Path | None, resume: Path | None
) -> None:
    """Options that do not fit together are told before anything slow is loaded."""
    sources_of = {name: context.get_parameter_source(name) for name in context.params}
    given = {name for name, source in sources_of.items() if source and source.name == "COMMANDLINE"}
    if resume and (others := given - WITH_RESUME):
        names = ", ".join(sorted(name.replace("_", "-") for name in others))
        raise UsageError(
            f"--resume goes on as the run began, without {names}",
            "Only --minutes, --cache, --quiet and --verbose go with it; --start begins a new run.",
        )
    if not resume and not (sources and out):
        raise UsageError("give SOURCE... and --out RUN, or --resume RUN", "See colorcli train -h.")
    if {"epochs", "minutes"} <= given:
        raise UsageError("--epochs and --minutes both bound the run", "Give one of them.")


def configure(given: Given) -> "TrainConfig":
    """The configuration that the options ask for; the rest is the recipe's or the architecture's."""
    from colorcli.training.config import Damage, TrainConfig
    from colorcli.training.learner import design_of
    from colorcli.training.recipes import CRITIC_FIRST, JOINT_RATE, defaults

    base = defaults(given["recipe"], given["architecture"])
    kept = {field.name: not given[f"no_{field.name}"] for field in fields(Damage)}
    damage = Damage(**{name: keep and getattr(base.damage, name) for name, keep in kept.items()})
    theirs = design_of(given["start"]) if given["start"] else None
    config = replace(
        base,
        **_picked(TrainConfig, given)
        | {
            "sources": tuple(given["sources"]),
            "categories": tuple(filter(None, (given["categories"] or "").split(","))),
            "network": _network(given, base.network, theirs),
            "damage": damage,
            "flip": base.flip and not given["no_flip"],
        },
    )
    if given["encoder_weights"] is None and config.network.encoder != "inception-v3":
        config = replace(config, encoder_weights="imagenet")
    if config.network.objective == "critic" and given["critic_first"] is None:
        config = replace(config, critic_first=CRITIC_FIRST)
    if config.unfreeze and given["learning_rate"] is None:
        config = replace(config, learning_rate=JOINT_RATE)
    return config if config.epochs or config.minutes else replace(config, epochs=config.last_epoch)


def _network(given: Given, base: "NetworkConfig", theirs: "NetworkConfig | None") -> "NetworkConfig":
    """What is built; a run that starts from another one takes over its design, its classes included."""
    from colorcli.training.config import NetworkConfig
    from colorcli.training.recipes import CRITIC

    network = theirs or base
    if given["objective"] == "critic":
        network = replace(network, **CRITIC)
    network = replace(network, **_picked(NetworkConfig, given))
    if theirs and network.objective == "gan" and theirs.objective != "gan":
        network = replace(network, decoder=theirs.objective)
    return network


def _picked(record: type, given: Given) -> Given:
    """The options that set a field of this record and were given."""
    names = {field.name for field in fields(record)} & given.keys()
    return {name: given[name] for name in names if given[name] is not None}


def _train(
    folder: Path, config: "TrainConfig | None", home: Path, minutes: float | None, console: "Console"
) -> None:
    """A new run, or without a configuration an old one; to its end, or to Ctrl-C."""
    from colorcli.cli.train_view import View
    from colorcli.training.trainer import resume, start

    with View(console) as view:
        listener = view.listener()
        run = start(config, folder, home, listener) if config else resume(folder, home, minutes, listener)
        finished = run.go_on(listener)
        judgement = run.judgement() if finished else None
    if not finished:
        _LOG.info(f"stopped; go on with: colorcli train --resume {folder} --cache {home}")
        raise typer.Exit(Interrupted.exit_code)
    if judgement:
        view.print_judgement(judgement)
    _LOG.info(f"finished; make a model of it with: colorcli export {folder} -o model.onnx")


def default_cache() -> Path:
    """$XDG_CACHE_HOME/colorcli, where ~/.cache is the default."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "colorcli"
