"""The addresses of the server, and what is answered at each."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colorcli.archive.jobs import Job, PhotoSettings
from colorcli.errors import ColorcliError, PhotoError, UsageError
from colorcli.guided import Hint
from colorcli.guided.files import from_json
from colorcli.images.formats import sniff
from colorcli.images.preview import preview
from colorcli.inference.device import usable_cores, workers_on
from colorcli.look import Look
from colorcli.serve import saving
from colorcli.serve.desk import Desk
from colorcli.serve.guard import refusal, said
from colorcli.serve.openapi import description
from colorcli.serve.opened import SIDE
from colorcli.serve.saving import Asked, ExistsError

_LOG = logging.getLogger(__name__)
_STATIC = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_IMAGES = {"pnm": "image/x-portable-anymap"}  # where it is not image/NAME
_THUMBNAIL = 160  # pixels a side
_OURS = ("token", "name", "side", "variant", "reference", "known", "x", "y")  # the rest is of colorize
_HINTS = 1 << 20  # bytes of hints, at most

Endpoint = Callable[[Request], Awaitable[Response]]


class TooLargeError(PhotoError):
    """More bytes than the server takes."""


@dataclass(frozen=True)
class Interface:
    """The options of `colorcli colorize` in a query, and their description as OpenAPI has it."""

    settings_of: Callable[[Sequence[tuple[str, str]]], PhotoSettings]
    described: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Limits:
    """What is refused before memory is spent on it."""

    pixels: int
    upload: int  # bytes


class Server:
    """Answers requests; what takes time is done in threads, so that others are answered meanwhile."""

    def __init__(self, desk: Desk, interface: Interface, limits: Limits) -> None:
        self._desk = desk
        self._interface = interface
        self._limits = limits
        self._places = CapacityLimiter(workers_on(usable_cores()))  # programs' photographs in work

    def app(self) -> Starlette:
        """The application, which nothing guards yet."""
        one = "/api/photographs/{key}"
        gets = {
            "/": self.page,
            "/static/{name}": self.page,
            "/openapi.json": self.openapi,
            "/api/photographs": self.photographs,
            "/api/doubts": self.doubts,
            one: self.photograph,
            f"{one}/before": self.before,
            f"{one}/thumbnail": self.thumbnail,
            f"{one}/likely": self.likely,
        }
        posts = {
            "/colorize": self.colorize,
            "/references": self.keep_reference,
            "/api/photographs": self.drop,
            f"{one}/reference": self.reference,
            f"{one}/painting": self.painting,
            f"{one}/result": self.result,
        }
        routes = [Route(path, self._answering(work)) for path, work in gets.items()]
        routes += [Route(path, self._answering(work), methods=["POST"]) for path, work in posts.items()]
        return Starlette(routes=routes)

    async def page(self, request: Request) -> Response:
        """index.html, and the style and the scripts that belong to it."""
        name = request.path_params.get("name", "index.html")
        known = {path.name: path for path in files("colorcli.serve").joinpath("static").iterdir()}
        kind = _STATIC.get(name.rpartition(".")[2])
        if name not in known or kind is None:
            return refusal(404, "there is no such file")
        return Response(known[name].read_bytes(), media_type=kind)

    async def openapi(self, request: Request) -> Response:
        return said(description(self._interface.described))

    async def colorize(self, request: Request) -> Response:
        """A photograph's bytes in, those of the result out."""
        asked = self._asked(request)
        content = await _body(request, self._limits.upload)
        colorizer = self._desk.colorizer
        return _image(await run_sync(saving.colour, colorizer, content, asked, limiter=self._places))

    async def keep_reference(self, request: Request) -> Response:
        """A photograph in colour, by whose key others can be given its colours."""
        return said({"key": await self._kept_reference(request)})

    async def photographs(self, request: Request) -> Response:
        """Those of the folder as it is now, and what the page can offer."""
        found = await run_sync(self._desk.shelf.look_again)
        spec = self._desk.colorizer.model.spec
        return said(
            {
                "photographs": [{"key": one.key, "name": one.name} for one in found],
                "upload": self._limits.upload,
                "temperature": spec.temperature,
                "variants": bool(spec.palette),
            }
        )

    async def doubts(self, request: Request) -> Response:
        """Which share of each photograph is doubtful, as far as that is known."""
        return said(self._desk.doubts)

    async def drop(self, request: Request) -> Response:
        content = await _body(request, self._limits.upload)
        sniff(content[:64])  # what is no photograph is not kept
        dropped = await run_sync(self._desk.shelf.drop, request.query_params.get("name", ""), content)
        return said({"key": dropped.key, "name": dropped.name})

    async def photograph(self, request: Request) -> Response:
        return said(await run_sync(self._desk.describe, _key(request)))

    async def before(self, request: Request) -> Response:
        opened = await run_sync(self._desk.open, _key(request))
        return _image(await run_sync(opened.before))

    async def thumbnail(self, request: Request) -> Response:
        photograph = self._desk.shelf.get(_key(request))
        small = await run_sync(preview, photograph.path, _THUMBNAIL)
        return refusal(422, "there is nothing to show") if small is None else _image(small)

    async def likely(self, request: Request) -> Response:
        """The colours that the model holds possible at a pixel."""
        opened = await run_sync(self._desk.open, _key(request))
        x, y = _number(request, "x"), _number(request, "y")
        return said(await run_sync(opened.likely, x, y, self._look(request)))

    async def reference(self, request: Request) -> Response:
        """A photograph in colour for this one, and whether it shows anything alike."""
        key = await self._kept_reference(request)
        opened = await run_sync(self._desk.open, _key(request))
        alike = await run_sync(opened.is_like, self._desk.reference(key)[1])
        return said({"key": key, "alike": alike})

    async def painting(self, request: Request) -> Response:
        """A picture with the hints in the body, at most so many pixels a side."""
        look, side = self._look(request), _number(request, "side", SIDE)
        hints = await _hints(request)
        opened = await run_sync(self._desk.open, _key(request))
        key = request.query_params.get("reference")
        reference = self._desk.reference(key)[1] if key else None
        return _image(await run_sync(opened.painted, hints, look, max(1, side), reference))

    async def result(self, request: Request) -> Response:
        """The photograph and the hints in the body saved; what was dropped is sent back instead."""
        photograph, asked = self._desk.shelf.get(_key(request)), self._asked(request)
        hints = await _hints(request)
        colorizer = self._desk.colorizer
        if photograph.job is None:
            asked = replace(asked, settings=replace(asked.settings, hints=hints))
            return _image(await run_sync(saving.colour, colorizer, photograph.path.read_bytes(), asked))
        known = request.query_params.get("known")
        outcome = await run_sync(saving.save, colorizer, photograph, hints, asked, known)
        return said(outcome)

    async def _kept_reference(self, request: Request) -> str:
        content = await _body(request, self._limits.upload)
        return await run_sync(self._desk.add_reference, request.query_params.get("name", ""), content)

    def _look(self, request: Request) -> Look:
        asked = self._asked(request)
        return asked.settings.look_of(Job(None, None, None, variant=asked.variant))

    def _asked(self, request: Request) -> Asked:
        """What the query says."""
        query = request.query_params.multi_items()
        settings = self._interface.settings_of([(name, value) for name, value in query if name not in _OURS])
        variant = _number(request, "variant", 0)
        if not 0 <= variant <= settings.variants:
            raise UsageError(f"there is no variant {variant} of {settings.variants}", "say variants=4, say")
        keys = dict.fromkeys(request.query_params.getlist("reference"))
        references = tuple(self._desk.reference(key)[0] for key in keys)
        return Asked(replace(settings, max_pixels=self._limits.pixels, references=references), variant)

    def _answering(self, work: Endpoint) -> Endpoint:
        """The same, with an error as an answer that says what is wrong."""

        async def answer(request: Request) -> Response:
            if work != self.doubts:  # which the page asks for again and again
                self._desk.last_request = time.monotonic()
            try:
                return await work(request)
            except ColorcliError as error:
                return refusal(_status(error), error.message, error.hint)
            except Exception as error:
                _LOG.exception("%s", request.url.path)
                return refusal(500, f"internal error: {type(error).__name__}: {error}", "please report it")

        return answer


def _status(error: ColorcliError) -> int:
    if isinstance(error, ExistsError):
        return 409
    if isinstance(error, TooLargeError):
        return 413
    return 400 if isinstance(error, UsageError) else 422 if isinstance(error, PhotoError) else 500


def _key(request: Request) -> str:
    return str(request.path_params["key"])


def _number(request: Request, name: str, default: int | None = None) -> int:
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isdecimal():
        raise UsageError(f"{name} has to be a whole number", f"add {name}=N to the query")
    return int(text)


async def _hints(request: Request) -> tuple[Hint, ...]:
    return from_json(await _body(request, _HINTS))


async def _body(request: Request, most: int) -> bytes:
    """What was sent, unless it is more than that."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise TooLargeError(f"it has more than {most / 1e6:g} MB", "--max-upload of serve sets the limit")
    return bytes(content)


def _image(content: bytes) -> Response:
    name = sniff(content[:64]).name
    return Response(content, media_type=_IMAGES.get(name, f"image/{name}"))
