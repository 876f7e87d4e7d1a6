"""`colorcli serve`: a page to put colours right on, and colouring for programs."""

import secrets
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import typer

from colorcli.cli import archive_options, options, serve_options
from colorcli.cli.process import Interrupted
from colorcli.errors import UnavailableError
from colorcli.limits import MAX_PIXELS

_MEGABYTE = 1_000_000


def serve(
    folder: serve_options.Folder = None,
    port: serve_options.Port = 8642,
    open_page: serve_options.Open = False,
    token: serve_options.Token = None,
    max_upload: serve_options.MaxUpload = 500,
    recursive: archive_options.Recursive = False,
    max_pixels: options.MaxPixels = MAX_PIXELS,
    model: options.ModelName = None,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Put colours right on a page in the browser, on this machine alone.

    [dim]$[/dim] colorcli serve scans/ --open       [dim]# Save writes scans/old.color.jpg[/dim]

    [dim]$[/dim] COLORCLI_TOKEN=secret colorcli serve        [dim]# and for programs:[/dim]

    [dim]$[/dim] curl --data-binary @old.jpg "localhost:8642/colorize?token=secret" > new.jpg

    Ctrl-C ends it, once what is being saved is written.
    """
    try:
        import colorcli.serve.running as server
    except ModuleNotFoundError as error:
        hint = "install it with `pip install 'colorcli[serve]'`"
        raise UnavailableError(f"{error.name} is not installed", hint) from error
    from colorcli.cli.console import Console
    from colorcli.cli.query import described, settings_of
    from colorcli.colorizer import Colorizer
    from colorcli.serve.app import Interface, Limits

    console = Console.open(quiet, verbose)
    colorizer = Colorizer(model, device, threads)
    if colorizer.model.notice:
        console.warn(colorizer.model.notice)
    settings = server.ServeSettings(
        folder=folder,
        recursive=recursive,
        port=port,
        token=token or secrets.token_urlsafe(24),
        limits=Limits(max_pixels, max_upload * _MEGABYTE),
    )
    with suppress(Interrupted):  # the usual end
        server.serve(colorizer, settings, Interface(settings_of, described()), _ready(open_page))


def _ready(open_page: bool) -> Callable[[str], None]:
    """Tells where the page is."""

    def tell(address: str) -> None:
        typer.echo(address)
        if open_page:
            Thread(target=webbrowser.open, args=[address], daemon=True).start()

    return tell
