"""The gallery in a real browser."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from browser import Browser, chromium
from cli.helpers import Run, write_photo

from .archive import JOURNAL

LEFT, RIGHT, ENTER = "\ue012", "\ue014", "\ue007"
EVIL = "</script><script>alert(1)</script>.jpg".replace("/", "_")
NAMES = ["<script>alert('1').jpg", '"quotes" & ‮more\n<b>.jpg', os.fsdecode(b"\xff\xfe.jpg"), EVIL]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(here: Run, tmp_path: Path) -> Path:
    """The gallery of 5 photographs in one folder, 4 with hard names in another, and a faulty one."""
    for folder in ("plain", "hard"):
        (tmp_path / "scans" / folder).mkdir(parents=True)
    for number in range(5):
        write_photo(tmp_path / "scans" / "plain" / f"{number}.png", 300, 200, number)
    for name in NAMES:
        write_photo(tmp_path / "plain.jpg").rename(tmp_path / "scans" / "hard" / name)
    (tmp_path / "scans" / "plain" / "bad.jpg").write_bytes(b"no photograph")
    done = here("colorize", "-r", "scans", "-o", "out", "--gallery")
    assert done.returncode == 3
    assert b"out/index.html" in done.stderr
    return tmp_path / "out" / "index.html"


def captions(browser: Browser) -> list[str]:
    script = "return [...document.querySelectorAll('figcaption')].map(one => one.textContent)"
    return list(browser.run(script))


def choose(browser: Browser, select: str, value: str) -> None:
    browser.run(f"const one = document.getElementById('{select}'); one.value = '{value}'; one.oninput()")


def test_names_are_text_and_nothing_is_requested(browser: Browser, page: Path) -> None:
    browser.open(page)
    shown = captions(browser)
    assert len(shown) == 10
    assert {f"hard/{name}" for name in (NAMES[0], NAMES[1], "\\udcff\\udcfe.jpg", EVIL)} < set(shown)
    assert browser.run("return document.querySelectorAll('main script, main b').length") == 0
    requests = "return performance.getEntriesByType('resource').filter(one => !one.name.startsWith('data:'))"
    assert browser.run(requests) == []
    pictures = "return [...document.querySelectorAll('main img')].map(one => one.naturalWidth)"
    assert sorted(browser.run(pictures)) == [48] * 4 + [240] * 5


def test_filters(browser: Browser, page: Path) -> None:
    browser.open(page)
    choose(browser, "folder", "plain")
    assert captions(browser) == [
        f"plain/{name}" for name in ("0.png", "1.png", "2.png", "3.png", "4.png", "bad.jpg")
    ]
    choose(browser, "status", "failed")
    assert captions(browser) == ["plain/bad.jpg"]
    assert "not an image" in browser.run("return document.querySelector('main').textContent")
    choose(browser, "folder", "hard")
    assert captions(browser) == []


def test_doubtful_ones_first(browser: Browser, here: Run, tmp_path: Path, seeing_model: Path) -> None:
    (tmp_path / "scans" / "in").mkdir(parents=True)
    for name in ("a.png", "b.png", "in/c.png"):
        write_photo(tmp_path / "scans" / name)
    colorize = ("colorize", "-r", "scans", "-o", "out", "--gallery", "--model", seeing_model)
    assert here(*colorize).returncode == 0
    browser.open(tmp_path / "out" / "index.html")
    assert browser.run("return document.getElementById('order').hidden")  # nobody asked how sure it is
    assert here(*colorize, "--certainty", "sure").returncode == 0
    assert (tmp_path / "sure" / "in" / "c.certainty.png").exists()
    journal = tmp_path / "out" / JOURNAL
    lines = {line["name"]: line for line in map(json.loads, journal.read_bytes().splitlines())}
    assert {line["doubtful"] for line in lines.values()} == {1.0}  # by a model that is never sure
    with journal.open("a") as file:
        for name, share in (("a.png", 0.25), ("in/c.png", 0.5)):
            file.write(json.dumps(lines[name] | {"doubtful": share}) + "\n")
    assert b"3  done before" in here(*colorize, "--certainty", "sure").stderr
    browser.open(tmp_path / "out" / "index.html")
    quarter, half, all_of_it = "a.png · 25% doubtful", "in/c.png · 50% doubtful", "b.png · 100% doubtful"
    assert captions(browser) == [quarter, all_of_it, half]
    choose(browser, "order", "doubtful")
    assert captions(browser) == [all_of_it, half, quarter]


def test_the_viewer(browser: Browser, page: Path) -> None:
    browser.open(page)
    choose(browser, "folder", "plain")
    browser.run("document.querySelector('figure').focus()")
    browser.press(ENTER)
    title = "return document.getElementById('title').textContent"
    assert browser.run(title) == "plain/0.png · 300 × 200 · ok"
    browser.run("document.getElementById('slider').blur()")
    browser.press(RIGHT)
    assert browser.run(title) == "plain/1.png · 300 × 200 · ok"
    browser.press(LEFT)
    assert browser.run(title) == "plain/0.png · 300 × 200 · ok"
    browser.run("const one = document.getElementById('slider'); one.value = 80; one.oninput({target: one})")
    clip = "return getComputedStyle(document.getElementById('before')).clipPath"
    assert browser.run(clip) == "inset(0px 20% 0px 0px)"
    colours = (
        "return ['before', 'after'].map(id => { const at = document.createElement('canvas').getContext('2d');"
        "at.drawImage(document.getElementById(id), 0, 0);"
        "const [r, g, b] = at.getImageData(200, 100, 1, 1).data;"
        "return Math.max(r, g, b) - Math.min(r, g, b); })"
    )
    before, after = browser.run(colours)
    assert before <= 4 < 8 < after


def test_links_lead_to_the_results(browser: Browser, page: Path) -> None:
    browser.open(page)
    for place in range(10):
        browser.run(f"document.getElementById('viewer').close(); view({place})")
        link = browser.run("const one = document.getElementById('open'); return one.hidden ? null : one.href")
        if link is not None:
            assert Path(os.fsdecode(unquote_to_bytes(link.removeprefix("file://")))).exists()


@pytest.mark.slow
def test_ten_thousand(browser: Browser, page: Path, run: Run) -> None:
    journal = page.with_name(JOURNAL)
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    with journal.open("a") as file:
        for number in range(10_000 - len(lines)):
            line = lines[number % len(lines)]
            name = f"{number % 50}/{number} {Path(line['name']).name}"
            file.write(json.dumps(line | {"name": name}) + "\n")
    assert run("colorize", "-r", "scans", "-o", "out", "--gallery", "-q", timeout=1200).returncode == 3
    browser.open(page)
    times = "const t = performance.timing; return t.loadEventEnd - t.navigationStart"
    print(f"{page.stat().st_size / 1e6:.0f} MB open in {browser.run(times) / 1000:.1f} s")
    assert browser.run("return document.getElementById('count').textContent") == "10000 of 10000 photographs"
    choose(browser, "folder", "7")
    assert browser.run("return document.getElementById('count').textContent") == "200 of 10000 photographs"
