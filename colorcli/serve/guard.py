"""Who may ask: whoever has the token, by a name of this machine, and in a browser only the page itself."""

import json
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost", "[::1]")  # whatever the port: a tunnel may begin at another
PAGE = "/"
_OPEN_TO_ALL = ("/static/", "/openapi.json")  # holds nothing of anybody's
_OTHER_SITES = ("cross-site", "same-site")  # a page at another port of this machine is of the same site
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Stands before the application: refuses what may not ask, and gives every answer its headers."""

    def __init__(self, app: "ASGIApp", token: str, cookie: str) -> None:
        self._app = app
        self._token = token
        self._cookie = cookie

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        async def send_with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        request = Request(scope)
        answer = self._refusal(request) or self._app
        if answer is self._app and request.url.path == PAGE:
            answer = self._with_cookie
        await answer(scope, receive, send_with_headers)

    async def _with_cookie(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """The page, which remembers the token that it was opened with."""
        cookie = Response()
        cookie.set_cookie(self._cookie, quote(self._token, safe=""), httponly=True, samesite="strict")

        async def send_with_cookie(message: "Message") -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Set-Cookie"] = cookie.headers["Set-Cookie"]
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _refusal(self, request: Request) -> Response | None:
        host, path = request.headers.get("Host", ""), request.url.path
        if host.rpartition(":")[0] not in NAMES and host not in NAMES:
            return refusal(421, "this server answers to 127.0.0.1 and localhost alone")
        if request.headers.get("Origin", f"http://{host}") != f"http://{host}":
            return refusal(403, "the page of another site may not ask this server")
        if path != PAGE and request.headers.get("Sec-Fetch-Site") in _OTHER_SITES:
            return refusal(403, "the page of another site may not ask this server")
        if path.startswith(_OPEN_TO_ALL) or self._has_token(request):
            return None
        return refusal(401, "the token is missing or wrong", "open the address that colorcli serve printed")

    def _has_token(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        shown = [request.query_params.get("token", ""), unquote(request.cookies.get(self._cookie, ""))]
        shown += [given.strip()] if scheme.lower() == "bearer" else []
        return any(compare_digest(one.encode(), self._token.encode()) for one in shown)


def refusal(status: int, error: str, hint: str = "") -> Response:
    """An answer that says what is wrong and what to do."""
    return said({"error": error, "hint": hint}, status)


def said(values: object, status: int = 200) -> Response:
    """Values as JSON in plain ASCII: names that are not UTF-8 survive as escapes."""
    return Response(json.dumps(values), status, media_type="application/json")
