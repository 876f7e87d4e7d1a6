"""The page in a real browser, used as a person uses it."""

import json
import os
import subprocess
from pathlib import Path
from time import monotonic, sleep

import cv2
import pytest
from browser import Browser
from cli.helpers import COLORCLI, is_coloured, write_photo

from .conftest import Serve
from .page import (
    CONTROL,
    DELETE,
    ENTER,
    RIGHT,
    SHIFT,
    TAB,
    at,
    click,
    colour_shown,
    drop,
    hints,
    pick,
    settle,
    text,
    until,
    visit,
)

PHOTOGRAPHS = Path(__file__).parents[1] / "photographs"
EVIL = "<img src=x onerror=alert(1)>\"'&;#%2f..%00.jpg"


def test_click_pick_drag_undo_save_and_reload(browser: Browser, serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        visit(browser, server)
        plain = colour_shown(browser, 0.25, 0.5)
        browser.drag(at(browser, 0.25, 0.5))
        swatches = "document.querySelectorAll('#likely button').length"
        assert until(browser, swatches) == 4
        pick(browser, "#a03020")
        assert hints(browser) == ["#a03020"]
        red, _, blue = colour_shown(browser, 0.25, 0.5)
        assert red - blue > 40 + plain[0] - plain[2]
        before = browser.run("return document.querySelector('.dot').style.left")
        browser.drag(at(browser, 0.25, 0.5), at(browser, 0.4, 0.5), at(browser, 0.6, 0.6))
        until(browser, f"document.querySelector('.dot').style.left !== '{before}'")
        moved = browser.run("return document.querySelector('.dot').style.left")
        assert 58 < float(moved.rstrip("%")) < 62
        click(browser, "#undo")
        until(browser, f"document.querySelector('.dot').style.left === '{before}'")
        click(browser, "#redo")
        until(browser, f"document.querySelector('.dot').style.left === '{moved}'")
        browser.drag(at(browser, 0.2, 0.8))
        click(browser, "#keep")
        assert hints(browser) == ["#a03020", "keep"]
        click(browser, "#save")
        until(browser, "document.getElementById('message').textContent === 'Saved as a.color.jpg'")
        browser.run("localStorage.clear()")  # so that only the file can bring them back
        visit(browser, server)
        assert hints(browser) == ["#a03020", "keep"]
    assert is_coloured(folder / "a.color.jpg")
    said = json.loads((folder / "a.jpg.hints.json").read_bytes())["hints"]
    assert [one["colour"] for one in said] == ["#a03020", "keep"]
    assert 69 <= said[0]["x"] <= 74


def test_the_keyboard_alone(browser: Browser, serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        visit(browser, server)
        browser.run("document.activeElement.blur()")
        for _ in range(20):
            browser.press(TAB)
            if browser.run("return document.activeElement.id") == "stage":
                break
        browser.press(RIGHT)
        browser.press(ENTER)
        until(browser, "document.activeElement.parentElement.id === 'likely'")
        browser.press(RIGHT)
        browser.press(ENTER)
        (first,) = hints(browser)
        browser.press("2")
        assert hints(browser) != [first]
        browser.run("document.querySelector('.dot').focus()")
        left = browser.run("return parseFloat(document.querySelector('.dot').style.left)")
        browser.press(RIGHT)
        browser.press_together(SHIFT, RIGHT)
        assert browser.run("return parseFloat(document.querySelector('.dot').style.left)") > left
        browser.press("g")
        assert hints(browser) == ["neutral"]
        browser.run("document.querySelector('.dot').focus()")
        browser.press(DELETE)
        assert hints(browser) == []
        browser.press_together(CONTROL, "z")
        assert hints(browser) == ["neutral"]
        browser.press_together(CONTROL, "s")
        until(browser, "document.getElementById('message').textContent === 'Saved as a.color.jpg'")
        browser.press("n")
        settle(browser, "b.png")
        browser.press("p")
        settle(browser, "a.jpg")
    assert b"#808080" in (folder / "a.jpg.hints.json").read_bytes()


def test_hints_that_were_not_saved_outlive_the_server(browser: Browser, serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        visit(browser, server)
        browser.drag(at(browser, 0.3, 0.3))
        pick(browser, "#205080")
        port = server.port
    with serve(folder, port=port) as server:
        visit(browser, server)
        assert hints(browser) == ["#205080"]
        assert "here again" in text(browser, "message")
    assert not (folder / "a.jpg.hints.json").exists()


def test_a_dropped_photograph_with_a_hostile_name(
    browser: Browser, serve: Serve, tmp_path: Path, environment: dict[str, str]
) -> None:
    content = write_photo(tmp_path / "old.jpg", 90, 60).read_bytes()
    with serve() as server:
        browser.visit(server.address)
        until(browser, "document.getElementById('empty').offsetParent !== null")
        drop(browser, EVIL, content)
        settle(browser, EVIL.rpartition("/")[2])
        assert browser.run("return document.querySelectorAll('#name *').length") == 0
        assert max(colour_shown(browser, 0.5, 0.9)) - min(colour_shown(browser, 0.5, 0.9)) > 8
        folder = tmp_path / "downloads"
        folder.mkdir()
        browser.download_to(folder)
        browser.drag(at(browser, 0.5, 0.5))
        pick(browser, "#205080")
        click(browser, "#save")
        until(browser, "document.getElementById('message').textContent.includes('among your downloads')")
        end = monotonic() + 30
        while not (found := [one for one in folder.iterdir() if one.suffix == ".jpg"]) and monotonic() < end:
            sleep(0.05)
    command = [COLORCLI, "colorize", "old.jpg", "--hint", "45,30=#205080", "-o", "new.jpg"]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert found[0].read_bytes() == (tmp_path / "new.jpg").read_bytes()


def test_hostile_names_in_the_folder(browser: Browser, serve: Serve, folder: Path) -> None:
    names = ["<script>alert(1)<_script>.jpg", os.fsdecode(b"\xff\xfe.jpg"), "\u202egpj.txt.jpg"]
    for name in names:
        write_photo(folder / "a.png").rename(folder / name)
    with serve(folder) as server:
        browser.visit(server.address)
        until(browser, "document.querySelectorAll('#strip button').length === 5")
        assert browser.run("return document.querySelectorAll('#strip script, #name *').length") == 0
        for position in range(5):
            browser.run(f"document.querySelectorAll('#strip button')[{position}].click()")
            until(browser, f"document.getElementById('place').textContent === '{position + 1} of 5'")
            until(browser, "document.getElementById('stage').ariaBusy === 'false'")
            assert browser.run("return document.getElementById('empty').hidden")
        asked = browser.run("return performance.getEntriesByType('resource').map(one => one.name)")
        assert all(name.startswith((server.root, "blob:", "data:")) for name in asked)


def test_a_broken_photograph_is_a_message_and_the_rest_goes_on(
    browser: Browser, serve: Serve, folder: Path
) -> None:
    (folder / "aa.jpg").write_bytes(b"no photograph")
    with serve(folder) as server:
        visit(browser, server)
        browser.run(
            "[...document.querySelectorAll('#strip button')].find(one => one.title === 'aa.jpg').click()"
        )
        until(browser, "document.querySelector('#empty p').textContent.includes('not an image')")
        browser.run(
            "[...document.querySelectorAll('#strip button')].find(one => one.title.startsWith('b')).click()"
        )
        settle(browser, "b.png")
        assert browser.run("return document.getElementById('empty').hidden")


def test_look_and_variants(browser: Browser, serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        visit(browser, server)
        click(browser, "#more")
        until(browser, "document.querySelectorAll('#variants button').length === 5")
        plain = colour_shown(browser, 0.5, 0.1)
        browser.run("document.querySelectorAll('#variants button')[4].click()")
        until(browser, "document.getElementById('stage').ariaBusy === 'false'")
        assert colour_shown(browser, 0.5, 0.1) != plain
        script = "const one = document.getElementById('saturation'); one.value = 0; "
        browser.run(script + "one.dispatchEvent(new Event('input'))")
        until(browser, "document.getElementById('stage').ariaBusy === 'false'")
        grey = colour_shown(browser, 0.5, 0.1)
        assert max(grey) - min(grey) <= 40
        click(browser, "#undo")
        click(browser, "#undo")
        until(browser, "document.getElementById('stage').ariaBusy === 'false'")
        assert colour_shown(browser, 0.5, 0.1) == plain
        assert browser.run("return document.getElementById('undo').disabled")


def test_a_reference_gives_its_colours_until_it_is_taken_away(
    browser: Browser, serve: Serve, tmp_path: Path, environment: dict[str, str]
) -> None:
    environment["COLORCLI_MODEL"] = "colorcli"  # which knows places again
    pixels = cv2.imread(str(PHOTOGRAPHS / "china.jpg"))
    width = pixels.shape[1]
    (tmp_path / "scans").mkdir()
    grey = cv2.cvtColor(pixels[:, : width * 6 // 10], cv2.COLOR_BGR2GRAY)
    cv2.imwrite(str(tmp_path / "scans" / "old.png"), grey)
    cv2.imwrite(str(tmp_path / "beside.png"), pixels[:, width * 2 // 10 : width * 8 // 10])
    command = [COLORCLI, "colorize", "scans/old.png", "--reference", "beside.png", "-o", "new.png"]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    shown = "document.getElementById('after').src"
    with serve(tmp_path / "scans") as server:
        visit(browser, server, "old.png")
        plain = [colour_shown(browser, x / 10, 0.5) for x in range(10)]
        drop(browser, "cat.jpg", (PHOTOGRAPHS / "cat.jpg").read_bytes(), "#reference-note")
        until(browser, "document.getElementById('message').textContent.includes('nothing alike in cat.jpg')")
        old = browser.run(f"return {shown}")
        drop(browser, "beside.png", (tmp_path / "beside.png").read_bytes(), "#reference-note")
        until(browser, f"{shown} !== '{old}'")
        assert text(browser, "reference-note") == "beside.png"
        guided = [colour_shown(browser, x / 10, 0.5) for x in range(10)]
        assert guided != plain
        click(browser, "#save")
        until(browser, "document.getElementById('message').textContent === 'Saved as old.color.png'")
        old = browser.run(f"return {shown}")
        browser.run("document.getElementById('no-reference').click()")
        until(browser, f"{shown} !== '{old}'")
        assert [colour_shown(browser, x / 10, 0.5) for x in range(10)] == plain
    assert (tmp_path / "scans" / "old.color.png").read_bytes() == (tmp_path / "new.png").read_bytes()


def test_every_control_has_a_name(browser: Browser, serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        visit(browser, server)
        browser.drag(at(browser, 0.3, 0.3))
        pick(browser, "#205080")
        nameless = browser.run(
            "return [...document.querySelectorAll('button, input, [role=slider], [role=application]')]"
            ".filter(one => !(one.ariaLabel || one.textContent.trim() || one.labels?.length))"
            ".map(one => one.outerHTML)"
        )
    assert nameless == []


def test_before_and_after_and_zoom(browser: Browser, serve: Serve, folder: Path) -> None:
    with serve(folder) as server:
        visit(browser, server)
        browser.run("document.getElementById('handle').focus()")
        for _ in range(4):
            browser.press(RIGHT)
        assert (
            browser.run("return document.getElementById('before').style.clipPath") == "inset(0px 80% 0px 0px)"
        )
        width = browser.run("return document.getElementById('sheet').clientWidth")
        browser.press("+")
        assert browser.run("return document.getElementById('sheet').clientWidth") == pytest.approx(
            1.5 * width, abs=2
        )
        browser.press("0")
        assert browser.run("return document.getElementById('sheet').clientWidth") == width
