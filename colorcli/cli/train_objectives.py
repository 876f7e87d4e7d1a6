"""The options of `colorcli train` that say which objective is learnt, and its fine points."""

from typing import Annotated, Literal

import typer

from colorcli.cli import complete
from colorcli.cli.help import COMMON
from colorcli.cli.train_options import NETWORK

_MORE = "Fine points of an objective"

Objective = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        autocompletion=complete.objectives,
        help="regression, classification, histogram, gan, or critic: livelier classes, a stage after "
        "classification.",
        rich_help_panel=NETWORK,
    ),
    COMMON,
]

Loss = Annotated[
    Literal["mse", "l1", "huber"] | None,
    typer.Option(metavar="mse|l1|huber", help="Of regression.", rich_help_panel=_MORE),
]
Cost = Annotated[
    Literal["kl", "emd"] | None, typer.Option(metavar="kl|emd", help="Of histogram.", rich_help_panel=_MORE)
]
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
        help="Of classification and critic: of the distance of the decoded colour, beside the classes. "
        "Default: 0, of critic 0.6.",
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
FeatureWeight = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="WEIGHT",
        help="Of gan and critic: of how unlike the truth our picture looks to the encoder; --features, which "
        "keeps what the network sees, is another matter. Default: 0, of critic 1.",
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
