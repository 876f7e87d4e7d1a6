"""Headless Chromium, driven through chromedriver's own protocol (W3C WebDriver: JSON over HTTP)."""

import base64
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,860"]


class Browser:
    """One window."""

    def __init__(self, port: int) -> None:
        self._root = f"http://127.0.0.1:{port}/session"
        options = {"args": _ARGUMENTS}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        session = self._ask("POST", "", {"capabilities": wanted})["sessionId"]
        self._root += f"/{session}"

    def open(self, path: Path) -> None:
        self.visit(path.as_uri())

    def visit(self, address: str) -> None:
        self._ask("POST", "/url", {"url": address})

    def run(self, script: str) -> Any:
        """What a function body of JavaScript returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def press(self, key: str) -> None:
        """Presses one key where the focus is."""
        strokes = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def press_together(self, *keys: str) -> None:
        """Holds keys, the last of them once."""
        strokes = [{"type": "keyDown", "value": key} for key in keys]
        strokes += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def drag(self, *places: tuple[float, float]) -> None:
        """Presses the mouse at the first place of the window, lets go at the last; one place is a click."""
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "origin": "viewport", "duration": 50}
            for x, y in places
        ]
        steps = [
            moves[0],
            {"type": "pointerDown", "button": 0},
            *moves[1:],
            {"type": "pointerUp", "button": 0},
        ]
        self._ask("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": steps}]})

    def download_to(self, folder: Path) -> None:
        """Where files go that a page gives to keep."""
        wanted = {"behavior": "allow", "downloadPath": str(folder)}
        command = {"cmd": "Browser.setDownloadBehavior", "params": wanted}
        self._ask("POST", "/goog/cdp/execute", command)

    def screenshot(self) -> bytes:
        return base64.b64decode(self._ask("GET", "/screenshot"))

    def close(self) -> None:
        self._ask("DELETE", "")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._root + path, data, {"Content-Type": "application/json"})
        request.method = method
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, with its driver, for as long as it is needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        browser = Browser(port)
        yield browser
        browser.close()
    finally:
        driver.terminate()
        driver.wait()


if __name__ == "__main__":  # python tests/browser.py PAGE.html PICTURE.png
    with chromium() as browser:
        browser.open(Path(sys.argv[1]).absolute())
        Path(sys.argv[2]).write_bytes(browser.screenshot())
