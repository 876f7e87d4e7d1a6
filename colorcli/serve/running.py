"""The server from its first request to its last."""

import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from urllib.parse import quote

import uvicorn

from colorcli.colorizer import Colorizer
from colorcli.errors import UsageError, cause_of
from colorcli.serve.app import Interface, Limits, Server
from colorcli.serve.desk import Desk
from colorcli.serve.guard import Guard
from colorcli.serve.shelf import Shelf

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class ServeSettings:
    """What is served, and to whom."""

    folder: Path | None  # None: what is dropped on the page alone
    recursive: bool
    port: int
    token: str
    limits: Limits


def serve(
    colorizer: Colorizer, settings: ServeSettings, interface: Interface, ready: Callable[[str], None]
) -> None:
    """Answers until a signal comes; `ready` gets the address of the page."""
    with TemporaryDirectory(prefix="colorcli-") as dropped, _listening(settings.port) as listening:
        shelf = Shelf(settings.folder, Path(dropped), settings.recursive)
        desk = Desk(colorizer, shelf, settings.limits.pixels)
        port = listening.getsockname()[1]
        app = Server(desk, interface, settings.limits).app()
        ready(f"http://{ADDRESS}:{port}/?token={quote(settings.token, safe='')}")
        _run(Guard(app, settings.token, cookie=f"colorcli-{port}"), listening, desk)


def _listening(port: int) -> socket.socket:
    """A socket for this machine alone; port 0 takes any that is free."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {port} cannot be had: {cause_of(error)}", "choose another with --port; 0 takes any"
        ) from error
    return listening


def _ends() -> list[int]:
    """The signals that end the server; `nohup` is respected."""
    known = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]  # Windows has no SIGHUP
    return [number for number in known if number and signal.getsignal(number) is not signal.SIG_IGN]


def _run(app: Guard, listening: socket.socket, desk: Desk) -> None:
    """After a signal what is begun is finished, and nothing more is taken; a second one waits for nobody."""
    serving = uvicorn.Server(
        uvicorn.Config(app, ws="none", lifespan="off", log_config=None, server_header=False, access_log=False)
    )
    # Before there is a thread: what a signal raises while one starts can lock out both.
    for number in _ends():
        signal.signal(number, serving.handle_exit)
    stop = Event()
    survey = Thread(target=desk.survey, args=[stop])
    survey.start()
    try:
        serving.run(sockets=[listening])
    finally:
        stop.set()
        survey.join()
