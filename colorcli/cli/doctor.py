"""`colorcli doctor`: what colorize would run with here, and what mends it where it would not."""

import typer

from colorcli.cli import options


def doctor(model: options.ModelName = None, device: options.Device = "auto") -> None:
    """Check this installation. Exit code 0 only if colorize would work here.

    Shows versions, GPU, CUDA and cuDNN, the model with its checksum, and what the network really runs on.
    """
    from colorcli.cli.checkup import examine
    from colorcli.cli.console import printable
    from colorcli.cli.process import claim_stdout
    from colorcli.files import write_through

    code = 0
    with claim_stdout() as stdout:
        for finding in examine(model, device):
            code = code or finding.exit_code
            line = f"{finding.verdict:4}  {finding.subject:13}  {printable(finding.text)}\n"
            hint = f"{'':21}{printable(finding.hint)}\n" if finding.hint else ""
            write_through(stdout, (line + hint).encode())
    raise typer.Exit(code)
