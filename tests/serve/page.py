"""The page as a person sees it and acts on it, in a real browser."""

import base64
import json
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from browser import Browser

from .server import Server

ENTER, DELETE, TAB, RIGHT, CONTROL, SHIFT = "\ue007", "\ue017", "\ue004", "\ue014", "\ue009", "\ue008"


def text(browser: Browser, identity: str) -> str:
    return str(browser.run(f"return document.getElementById('{identity}').textContent"))


def until(browser: Browser, condition: str) -> Any:
    """What an expression of JavaScript is once it is true."""
    end = monotonic() + 60
    while monotonic() < end:
        with suppress(AssertionError):  # the page is on its way to another
            if value := browser.run(f"return {condition}"):
                return value
        sleep(0.05)
    raise AssertionError(f"{condition}; the page says: {text(browser, 'message')}")


def settle(browser: Browser, name: str) -> None:
    """Until a photograph is open and painted."""
    until(browser, f"document.getElementById('name').textContent === {json.dumps(name)}")
    until(browser, "document.getElementById('stage').ariaBusy === 'false'")


def visit(browser: Browser, server: Server, name: str = "a.jpg") -> None:
    browser.visit(server.address)
    settle(browser, name)


def at(browser: Browser, x: float, y: float) -> tuple[float, float]:
    """Where a share of the photograph's sides is in the window."""
    script = "const box = document.getElementById('sheet').getBoundingClientRect(); "
    left, top, width, height = browser.run(script + "return [box.x, box.y, box.width, box.height]")
    return left + x * width, top + y * height


def click(browser: Browser, selector: str) -> None:
    script = f"const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); "
    browser.drag(tuple(browser.run(script + "return [box.x + box.width / 2, box.y + box.height / 2]")))


def hints(browser: Browser) -> list[str]:
    return list(browser.run("return [...document.querySelectorAll('#hints li')].map(one => one.textContent)"))


def colour_shown(browser: Browser, x: float, y: float) -> list[int]:
    script = (
        "const one = document.getElementById('after'), canvas = new OffscreenCanvas(1, 1).getContext('2d');"
        f"canvas.drawImage(one, one.naturalWidth * {x}, one.naturalHeight * {y}, 1, 1, 0, 0, 1, 1);"
        "return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)]"
    )
    return list(browser.run(script))


def pick(browser: Browser, colour: str) -> None:
    """As the picker of the system does."""
    script = f"const one = document.getElementById('picker'); one.value = '{colour}'; "
    browser.run(script + "one.dispatchEvent(new Event('input', {bubbles: true}))")
    until(browser, "document.getElementById('stage').ariaBusy === 'false'")


def drop(browser: Browser, name: str, content: bytes, onto: str = "body") -> None:
    data = base64.b64encode(content).decode()
    script = (
        f"const bytes = Uint8Array.from(atob('{data}'), one => one.charCodeAt(0));"
        "const carried = new DataTransfer();"
        f"carried.items.add(new File([bytes], {json.dumps(name)}));"
        f"for (const kind of ['dragover', 'drop']) document.querySelector('{onto}').dispatchEvent("
        "new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}))"
    )
    browser.run(script)
