"""The options of `colorcli train`: each is named as the field of the configuration that it sets."""

from pathlib import Path
from typing import Annotated, Literal

import typer

_RUN = "The run"
_NETWORK = "Network and objective"
_ENCODER = "Pretrained encoder"
_PHOTOGRAPHS = "Photographs"
_STEPS = "Steps"
_MORE = "Fine points of an objective"

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE...",
        help="Folders (with all below them), tar files of images, [bold]cifar10[:dog,ship,...][/bold] or "
        "[bold]cifar100[/bold]. The sub-folders of a source are its categories.",
        show_default=False,
    ),
]

# The run
Out = Annotated[
    Path | None,
    typer.Option(metavar="RUN", help="A new folder for everything it makes.", rich_help_panel=_RUN),
]
Resume = Annotated[
    Path | None,
    typer.Option(
        metavar="RUN",
        help="Go on with a run from its last checkpoint; with --minutes, for so much longer than it was "
        "meant to. All else is as it was.",
        rich_help_panel=_RUN,
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        metavar="RUN|colorcli|FILE",
        help="Begin with the design and the weights of another run or of a model: to make the shipped one "
        "better at your photographs, or for a short stage of --objective gan.",
        rich_help_panel=_RUN,
    ),
]
Epochs = Annotated[
    int | None, typer.Option(min=1, help="How long it runs. Default: 20.", rich_help_panel=_RUN)
]
Minutes = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        help="How long it runs, the schedule of the rate included; instead of --epochs.",
        rich_help_panel=_RUN,
    ),
]
CheckpointMinutes = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        help="The longest time between two checkpoints; one is also written after each epoch and at Ctrl-C. "
        "Default: 10.",
        rich_help_panel=_RUN,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(min=0, help="Same seed, same machine: same weights. Default: 0.", rich_help_panel=_RUN),
]

# Network and objective
Recipe = Annotated[
    Literal["baseline", "general", "final"],
    typer.Option(
        help="What everything else defaults to. baseline: the plain network, mean squared error, whole "
        "photographs. general: the same with augmentation, averaged weights and clipped gradients. final: "
        "inception-unet with colour classes.",
        rich_help_panel=_NETWORK,
    ),
]
Architecture = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="baseline, fusion, unet, histogram or inception-unet; each brings its own objective, encoder, "
        "crop and rate unless told otherwise.",
        rich_help_panel=_NETWORK,
    ),
]
Objective = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="regression, classification, histogram, gan, or critic: livelier classes, a stage after "
        "classification.",
        rich_help_panel=_NETWORK,
    ),
]
Width = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        max=4.0,
        metavar="FACTOR",
        help="On the channels of every layer that is not pretrained. Default: 1.",
        rich_help_panel=_NETWORK,
    ),
]

# Pretrained encoder
Encoder = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="inception-v3, inception-resnet-v2 or tiny.", rich_help_panel=_ENCODER),
]
EncoderWeights = Annotated[
    str | None,
    typer.Option(
        metavar="colorcli|imagenet|FILE|none",
        help="colorcli takes it out of the model that ships (inception-v3 only), imagenet downloads it "
        "through Keras; a FILE is a model of ours, comes from `colorcli weights`, or is one of Keras; with "
        "none it learns from nothing, whole and at the full rate. Default: colorcli, or imagenet for others.",
        rich_help_panel=_ENCODER,
    ),
]
Unfreeze = Annotated[
    str | None,
    typer.Option(
        metavar="BLOCK|all",
        help="The first block of a pretrained encoder that learns too, such as mixed3. Default: none does.",
        rich_help_panel=_ENCODER,
    ),
]
EncoderRate = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="RATE",
        help="Peak of the encoder's learning rate. Default: 2e-4.",
        rich_help_panel=_ENCODER,
    ),
]

Features = Annotated[
    bool | None,
    typer.Option(
        "--features/--no-features",
        help="Compute once what frozen blocks see, and keep it beside the decoded photographs. Default: yes.",
        rich_help_panel=_ENCODER,
    ),
]
Variants = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Crops of each photograph whose features are kept, used in turn. Default: 2.",
        rich_help_panel=_ENCODER,
    ),
]
FeaturesLimit = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="GB",
        help="Room for the features of all runs; what does not fit is computed anew. Default: 10.",
        rich_help_panel=_ENCODER,
    ),
]

# Photographs
Categories = Annotated[
    str | None,
    typer.Option(
        "--category",
        metavar="NAME,...",
        help="Only these categories, such as person,coast.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
]
Validation = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=0.9, metavar="SHARE", help="Held back to judge by.", rich_help_panel=_PHOTOGRAPHS
    ),
]
Crop = Annotated[
    int | None,
    typer.Option(
        min=32, max=1024, metavar="PIXELS", help="Side of what is learnt from.", rich_help_panel=_PHOTOGRAPHS
    ),
]
Scale = Annotated[
    float | None,
    typer.Option(
        min=0.05,
        max=1.0,
        metavar="SHARE",
        help="The smallest crop, as a share of the short side; 1 takes all of it. Default: 0.6.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="COLORCLI_CACHE",
        help="Where decoded photographs are kept. Default: colorcli in the user's cache folder.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
]
NoFlip = Annotated[
    bool, typer.Option("--no-flip", metavar="", help="Never mirror.", rich_help_panel=_PHOTOGRAPHS)
]
NoNoise = Annotated[
    bool, typer.Option("--no-noise", metavar="", help="Put no grain on L.", rich_help_panel=_PHOTOGRAPHS)
]
NoBlur = Annotated[
    bool, typer.Option("--no-blur", metavar="", help="Never blur L.", rich_help_panel=_PHOTOGRAPHS)
]
NoFading = Annotated[
    bool, typer.Option("--no-fading", metavar="", help="Never fade L.", rich_help_panel=_PHOTOGRAPHS)
]
NoCurve = Annotated[
    bool, typer.Option("--no-curve", metavar="", help="Keep the contrast of L.", rich_help_panel=_PHOTOGRAPHS)
]
NoJpeg = Annotated[
    bool, typer.Option("--no-jpeg", metavar="", help="Put no JPEG on L.", rich_help_panel=_PHOTOGRAPHS)
]

# Steps
BatchSize = Annotated[
    int | None, typer.Option(min=1, help="Photographs a step. Default: 32.", rich_help_panel=_STEPS)
]
LearningRate = Annotated[
    float | None,
    typer.Option(min=0.0, help="Its peak; a cosine brings it down to 0.", rich_help_panel=_STEPS),
]
Warmup = Annotated[
    int | None,
    typer.Option(min=0, metavar="STEPS", help="Until the peak. Default: 200.", rich_help_panel=_STEPS),
]
Ema = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=0.99999,
        metavar="SHARE",
        help="What the averaged weights keep of themselves in a step; 0 averages nothing. Default: 0.998.",
        rich_help_panel=_STEPS,
    ),
]
Clip = Annotated[
    float | None,
    typer.Option(
        min=0.0, metavar="NORM", help="The largest gradient; 0 lets all pass.", rich_help_panel=_STEPS
    ),
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"] | None,
    typer.Option(help="auto is bfloat16 where the hardware has it.", rich_help_panel=_STEPS),
]

# Fine points of an objective
Loss = Annotated[
    Literal["mse", "l1", "huber"] | None, typer.Option(help="Of regression.", rich_help_panel=_MORE)
]
Cost = Annotated[Literal["kl", "emd"] | None, typer.Option(help="Of histogram.", rich_help_panel=_MORE)]
ClassTemperature = Annotated[
    float | None,
    typer.Option(
        "--temperature",
        min=0.01,
        max=10.0,
        metavar="T",
        help="Of classification: lower decodes more vividly. Default: 0.4.",
        rich_help_panel=_MORE,
    ),
]
Rebalance = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Of classification: how much rare colours count for being rare. Default: 0.5.",
        rich_help_panel=_MORE,
    ),
]
Decoded = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="WEIGHT",
        help="Of classification: of the distance of the decoded colour, beside the classes.",
        rich_help_panel=_MORE,
    ),
]
Adversarial = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="WEIGHT",
        help="Of gan and critic: of the critic's verdict. Default: 0.1.",
        rich_help_panel=_MORE,
    ),
]
Feature = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="WEIGHT",
        help="Of gan and critic: of the distance of encoder features. Default: 0, of critic 1.",
        rich_help_panel=_MORE,
    ),
]
Classes = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="WEIGHT",
        help="Of critic: of the classes. Default: 0.2.",
        rich_help_panel=_MORE,
    ),
]
CriticRate = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="RATE",
        help="Of gan and critic: peak of the critic's learning rate. Default: 1e-3.",
        rich_help_panel=_MORE,
    ),
]
CriticFirst = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="STEPS",
        help="Of gan and critic: the critic learns alone for so long. Default: 0, of critic 125.",
        rich_help_panel=_MORE,
    ),
]
CriticWeights = Annotated[
    str | None,
    typer.Option(
        metavar="imagenet|FILE",
        help="Of the encoder that the critic looks through. Default: as --encoder-weights.",
        rich_help_panel=_MORE,
    ),
]
