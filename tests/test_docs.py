"""The site: it builds without a warning, has every command, and asks no other host for anything."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


class Loaded(HTMLParser):
    """What a browser fetches to show a page; links that a reader may follow are none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses.append(given.get("src") or "")
        if tag == "link":
            self.addresses.append(given.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `make docs` builds it; a link that leads nowhere or a page that no list has ends it."""
    folder = tmp_path_factory.mktemp("site")
    sphinx = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", "docs"]
    done = subprocess.run([*sphinx, ".", folder], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_asks_no_other_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        parser = Loaded()
        parser.feed(page.read_text("utf-8"))
        assert not [address for address in parser.addresses if re.match(r"(https?:)?//", address)], page
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)[\s\"']*(https?:)?//", style.read_text("utf-8")), style


def test_the_site_has_the_commands_help(site: Path) -> None:
    page = (site / "docs" / "reference" / "colorcli-colorize.html").read_text("utf-8")
    assert "--saturation" in page and "COLORCLI_SATURATION" in page and "old.jpg" in page
    assert "reference/colorcli-models-verify.html" in (site / "README.html").read_text("utf-8")


def test_a_browser_begins_at_the_readme(site: Path) -> None:
    assert "README.html" in (site / "index.html").read_text("utf-8")
    assert "By task" in (site / "README.html").read_text("utf-8")
