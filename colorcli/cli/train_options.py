"""The options of `colorcli train`: each is named as the field of the configuration that it sets."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from colorcli.cli import complete
from colorcli.cli.help import COMMON

_RUN = "The run"
NETWORK = "Network and objective"
_ENCODER = "Pretrained encoder"
_STEPS = "Steps"

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="Folders with all below them, tar files of images, [bold]cifar10[/bold] or "
        "[bold]cifar100[/bold]. The last two are downloaded, unless it is the archive or the unpacked "
        "folder of either; [bold]cifar10:dog,ship[/bold] takes only these.",
        show_default=False,
    ),
]

# The run
Out = Annotated[
    Path | None,
    typer.Option(metavar="RUN", help="A new folder for everything it makes.", rich_help_panel=_RUN),
    COMMON,
]
Resume = Annotated[
    Path | None,
    typer.Option(
        metavar="RUN",
        help="Go on with a run from its last checkpoint. With --minutes or --epochs, for so much longer than "
        "it was meant to. All else is as it was.",
        rich_help_panel=_RUN,
    ),
    COMMON,
]
Start = Annotated[
    str | None,
    typer.Option(
        metavar="RUN|colorcli|FILE",
        help="Begin with the weights of another run, or of a model. Of a run all settings but its length "
        "come along. To make the shipped model better at your photographs, or for a short stage of another "
        "objective. It is never judged by what that run learnt from.",
        rich_help_panel=_RUN,
    ),
    COMMON,
]
Epochs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="How long it runs. Default: 20.", rich_help_panel=_RUN),
    COMMON,
]
Minutes = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        metavar="N",
        help="How long it runs, instead of --epochs. The schedule of the rate fits into it.",
        rich_help_panel=_RUN,
    ),
    COMMON,
]
Patience = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="EPOCHS",
        help="End early after so many epochs without a lower validation loss; 0 never does. Default: 0.",
        rich_help_panel=_RUN,
    ),
]
SampleMinutes = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        min=0.01,
        help="The time between two sheets of samples, which index.html in RUN shows. Default: 10.",
        rich_help_panel=_RUN,
    ),
]
CheckpointMinutes = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        min=0.0,
        help="The longest time between two checkpoints; one is also written after each epoch and at Ctrl-C. "
        "Default: 10.",
        rich_help_panel=_RUN,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, help="Same seed, same machine: same weights. Default: 0.", rich_help_panel=_RUN
    ),
]

# Network and objective
Recipe = Annotated[
    Literal["baseline", "general", "final", "plain", "histogram", "unet", "fusion", "gan"],
    typer.Option(
        metavar="NAME",
        help="What everything else defaults to. baseline: the plain network, mean squared error, whole "
        "photographs. general: the same with augmentation, averaged weights and clipped gradients. final: "
        "inception-unet with colour classes; its encoder is Inception v3, not Inception-ResNet-v2, which "
        "fusion has. As their authors trained them: plain (strided convolutions, Adam at a constant 3e-4), "
        "histogram (colour histograms at 224), unet (seven blocks down, seven up), fusion (told by "
        "Inception-ResNet-v2 what is in the picture), gan (the U-Net against a critic).",
        rich_help_panel=NETWORK,
    ),
    COMMON,
]
Architecture = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        autocompletion=complete.architectures,
        help="baseline, fusion, unet, histogram or inception-unet; each brings its own objective, encoder, "
        "crop and rate unless told otherwise.",
        rich_help_panel=NETWORK,
    ),
]
Width = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        max=4.0,
        metavar="FACTOR",
        help="On the channels of every layer that is not pretrained. Default: 1.",
        rich_help_panel=NETWORK,
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
        help="Compute once what the frozen blocks of the network see, and keep it beside the decoded "
        "photographs. Default: yes.",
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

# Steps
BatchSize = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Photographs a step. Default: 32.", rich_help_panel=_STEPS),
    COMMON,
]
LearningRate = Annotated[
    float | None,
    typer.Option(min=0.0, metavar="RATE", help="Its peak; see --schedule.", rich_help_panel=_STEPS),
]
Schedule = Annotated[
    Literal["cosine", "constant"] | None,
    typer.Option(
        metavar="cosine|constant",
        help="Of the rates after the warm-up: cosine, the default, brings them down to 0 by the end.",
        rich_help_panel=_STEPS,
    ),
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
    typer.Option(
        metavar="auto|float32|bfloat16",
        help="auto is bfloat16 where the hardware has it.",
        rich_help_panel=_STEPS,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Threads that prepare batches; 0 is one a core, 16 at most. They change no result.",
        rich_help_panel=_STEPS,
    ),
]
