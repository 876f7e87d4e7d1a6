"""`colorcli train`: from photographs to a run that `colorcli export` makes a model of."""

import logging
import os
import sys
from contextlib import redirect_stdout
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from colorcli.cli import options
from colorcli.cli import train_objectives as objectives
from colorcli.cli import train_options as wanted
from colorcli.cli import train_photographs as photographs
from colorcli.cli.process import Interrupted
from colorcli.errors import UsageError

if TYPE_CHECKING:
    from colorcli.cli.console import Console
    from colorcli.training.config import NetworkConfig, TrainConfig

_LOG = logging.getLogger("colorcli")
Given = dict[str, Any]  # the options by name; None or False where the user left them out
WITH_RESUME = {"resume", "minutes", "epochs", "cache", "quiet", "verbose"}


def train(
    context: typer.Context,
    sources: wanted.Sources = None,
    out: wanted.Out = None,
    resume: wanted.Resume = None,
    start: wanted.Start = None,
    epochs: wanted.Epochs = None,
    minutes: wanted.Minutes = None,
    patience: wanted.Patience = None,
    checkpoint_minutes: wanted.CheckpointMinutes = None,
    sample_minutes: wanted.SampleMinutes = None,
    seed: wanted.Seed = None,
    recipe: wanted.Recipe = "final",
    architecture: wanted.Architecture = None,
    objective: objectives.Objective = None,
    width: wanted.Width = None,
    encoder: wanted.Encoder = None,
    encoder_weights: wanted.EncoderWeights = None,
    unfreeze: wanted.Unfreeze = None,
    encoder_rate: wanted.EncoderRate = None,
    features: wanted.Features = None,
    variants: wanted.Variants = None,
    features_limit: wanted.FeaturesLimit = None,
    critic_rate: objectives.CriticRate = None,
    critic_first: objectives.CriticFirst = None,
    critic_weights: objectives.CriticWeights = None,
    categories: photographs.Categories = None,
    category_from: photographs.CategoryFrom = None,
    limit: photographs.Limit = None,
    validation: photographs.Validation = None,
    crop: photographs.Crop = None,
    scale: photographs.Scale = None,
    cache: photographs.Cache = None,
    no_flip: photographs.NoFlip = False,
    no_noise: photographs.NoNoise = False,
    no_blur: photographs.NoBlur = False,
    no_fading: photographs.NoFading = False,
    no_curve: photographs.NoCurve = False,
    no_jpeg: photographs.NoJpeg = False,
    batch_size: wanted.BatchSize = None,
    learning_rate: wanted.LearningRate = None,
    schedule: wanted.Schedule = None,
    warmup: wanted.Warmup = None,
    ema: wanted.Ema = None,
    clip: wanted.Clip = None,
    precision: wanted.Precision = None,
    workers: wanted.Workers = None,
    loss: objectives.Loss = None,
    cost: objectives.Cost = None,
    temperature: objectives.ClassTemperature = None,
    rebalance: objectives.Rebalance = None,
    decoded: objectives.Decoded = None,
    adversarial: objectives.Adversarial = None,
    feature_weight: objectives.FeatureWeight = None,
    classes: objectives.Classes = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Train a network on colour photographs. Broken, grey, sepia and tiny ones are left out and listed.

    $ colorcli train photographs/ --out run --minutes 60
    $ colorcli train --resume run
    $ colorcli train photographs/ --start run --objective gan --out vivid
    """
    from colorcli.cli.console import Console
    from colorcli.training.dependencies import require

    console = Console.open(quiet, verbose)
    _refuse_misfits(context, sources, out, resume)
    require(os.environ.get("KERAS_BACKEND", "tensorflow"), "keras", "matplotlib", "tensorboard")
    from colorcli.training.useless_options import refuse_useless_options

    home = cache or default_cache()
    if resume:
        _train(resume, None, home, (minutes, epochs), console)
    elif out:
        config = configure(context.params)
        refuse_useless_options(config, {name for name, value in context.params.items() if value is not None})
        _train(out, config, home, (None, None), console)


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
            "Only --minutes, --epochs, --cache, --quiet and --verbose go with it; --start begins a new run.",
        )
    if not resume and not (sources and out):
        raise UsageError("give SOURCE... and --out RUN, or --resume RUN", "See colorcli train -h.")
    if {"start", "recipe"} <= given:
        raise UsageError(
            "a run that --start begins with has a recipe already",
            "Leave --recipe out; single options do count.",
        )
    if {"epochs", "minutes"} <= given:
        raise UsageError("--epochs and --minutes both bound the run", "Give one of them.")


def configure(given: Given) -> "TrainConfig":
    """The configuration that the options ask for; the rest is the recipe's or the architecture's, or that of
    the run to start from."""
    from colorcli.training.config import Damage, TrainConfig
    from colorcli.training.data.split import parse_validation
    from colorcli.training.recipes import CRITIC_FIRST, JOINT_RATE

    base = _base(given)
    kept = {field.name: not given[f"no_{field.name}"] for field in fields(Damage)}
    picked = _picked(TrainConfig, given)
    if "validation" in picked:
        picked["validation"] = parse_validation(picked["validation"])
    config = replace(
        base,
        **picked
        | {
            "sources": tuple(given["sources"]),
            "categories": tuple(
                name.strip() for name in (given["categories"] or "").split(",") if name.strip()
            ),
            "network": _network(given, base.network),
            "damage": Damage(**{name: keep and getattr(base.damage, name) for name, keep in kept.items()}),
            "flip": base.flip and not given["no_flip"],
        },
    )
    if not given["start"] and given["encoder_weights"] is None and config.network.encoder != "inception-v3":
        config = replace(config, encoder_weights="imagenet")
    if config.network.objective == "critic" and given["critic_first"] is None:
        config = replace(config, critic_first=CRITIC_FIRST)
    if given["unfreeze"] and given["learning_rate"] is None:
        config = replace(config, learning_rate=JOINT_RATE)
    return config if config.epochs or config.minutes else replace(config, epochs=config.last_epoch)


def _base(given: Given) -> "TrainConfig":
    """What holds unless an option says otherwise: a recipe, or all of another run but its length."""
    from colorcli.training.config import TrainConfig
    from colorcli.training.recipes import defaults

    if not given["start"]:
        return defaults(given["recipe"], given["architecture"])
    from colorcli.training.start import design_of, is_run

    ours = TrainConfig(sources=())
    if not is_run(given["start"]):
        return replace(ours, network=design_of(given["start"]))
    theirs = TrainConfig.load(Path(given["start"]))
    return replace(theirs, epochs=None, minutes=None, patience=0, limit=0, seed=ours.seed, workers=0)


def _network(given: Given, base: "NetworkConfig") -> "NetworkConfig":
    """What is built; a generator that meets the critic speaks as it did before."""
    from colorcli.training.config import NetworkConfig
    from colorcli.training.recipes import CRITIC

    terms = CRITIC if given["objective"] == "critic" else {}
    network = replace(base, **terms | _picked(NetworkConfig, given))
    if network.objective == "gan" and base.objective != "gan":
        network = replace(network, decoder=base.objective)
    return network


def _picked(record: type, given: Given) -> Given:
    """The options that set a field of this record and were given."""
    names = {field.name for field in fields(record)} & given.keys()
    return {name: given[name] for name in names if given[name] is not None}


def _train(
    folder: Path,
    config: "TrainConfig | None",
    home: Path,
    longer: tuple[float | None, int | None],
    console: "Console",
) -> None:
    """A new run, or without a configuration an old one, so many minutes or epochs `longer`; to its end.

    Or to Ctrl-C. What Keras prints, such as of its downloads, is no result: it goes to stderr.
    """
    from colorcli.cli.train_view import View
    from colorcli.training.trainer import resume, start

    minutes, epochs = longer
    with View(console) as view, redirect_stdout(sys.stderr):
        listener = view.listener()
        if config:
            run = start(config, folder, home, listener)
        else:
            run = resume(folder, home, minutes, listener, epochs)
        finished = run.go_on(listener)
        validation = run.validation() if finished else None
    if not finished:
        _LOG.info(f"stopped; go on with: colorcli train --resume {folder} --cache {home}")
        raise typer.Exit(Interrupted.exit_code)
    if validation:
        view.print_validation(validation)
    if run.has_better:
        _LOG.info(f"validation was better at step {run.position.best_step}: export --weights best takes that")
    _LOG.info(f"finished; make a model of it with: colorcli export {folder} -o model.onnx")


def default_cache() -> Path:
    """$XDG_CACHE_HOME/colorcli, where ~/.cache is the default."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "colorcli"
