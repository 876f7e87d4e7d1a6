"""What a person does on the page before it has answered, and by other keys than usual."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser
from cli.helpers import write_photo

from .conftest import Serve
from .page import at, click, drop, hints, pick, settle, text, until, visit

SAVE = "document.getElementById('save')"
MESSAGE = "document.getElementById('message').textContent"


def keydown(key: str, modifiers: str = "") -> str:
    event = f"new KeyboardEvent('keydown', {{key: '{key}', bubbles: true, {modifiers}}})"
    return f"document.activeElement.dispatchEvent({event});"


@pytest.fixture
def hinted(browser: Browser, serve: Serve, folder: Path) -> Iterator[Browser]:
    """With one hint on the first photograph."""
    with serve(folder) as server:
        visit(browser, server)
        browser.drag(at(browser, 0.3, 0.3))
        pick(browser, "#205080")
        yield browser


def test_a_hint_given_while_it_saves_is_still_to_be_saved(hinted: Browser, folder: Path) -> None:
    hinted.run(f"{SAVE}.click(); document.getElementById('keep').click()")
    until(hinted, f"{MESSAGE} === 'Saved as a.color.jpg'")
    assert hinted.run(f"return {SAVE}.textContent") == "Save •"
    assert b"#205080" in (folder / "a.jpg.hints.json").read_bytes()
    click(hinted, "#save")
    until(hinted, f"{SAVE}.textContent === 'Save'")
    assert b"keep" in (folder / "a.jpg.hints.json").read_bytes()


def test_who_goes_on_gets_the_result_of_what_was_dropped(
    browser: Browser, serve: Serve, folder: Path, tmp_path: Path
) -> None:
    (folder / "aa.jpg").write_bytes(b"no photograph")
    with serve(folder) as server:
        visit(browser, server)
        drop(browser, "old.jpg", write_photo(tmp_path / "old.jpg", 90, 60).read_bytes())
        settle(browser, "old.jpg")
        broken = "[...document.querySelectorAll('#strip button')].find(one => one.title === 'aa.jpg')"
        browser.run(f"{SAVE}.click(); {broken}.click()")
        until(browser, f"{MESSAGE} === 'The result is among your downloads.'")


def test_a_place_chosen_before_the_colours_of_another_are_there(hinted: Browser) -> None:
    stage = "document.getElementById('stage').focus();"
    hinted.run(f"document.querySelector('.dot').click(); {stage} {keydown('Enter')}")
    until(hinted, "document.activeElement.parentElement.id === 'likely'")
    assert hinted.run("return document.getElementById('likely').offsetParent !== null")


@pytest.mark.parametrize("going", ["n", "N"])
def test_going_on_before_the_colours_are_there_says_nothing(hinted: Browser, going: str) -> None:
    """In capitals too, for CapsLock may be on."""
    hinted.run(f"document.querySelector('.dot').click(); {keydown(going)}")
    settle(hinted, "b.png")
    assert text(hinted, "message") == ""


def test_capitals_lock_turns_no_undo_into_a_redo(hinted: Browser) -> None:
    hinted.run(keydown("Z", "ctrlKey: true"))
    assert hints(hinted) == []
    hinted.run(keydown("z", "ctrlKey: true, shiftKey: true"))
    assert hints(hinted) == ["#205080"]


def test_a_reference_that_is_too_large_is_named(browser: Browser, serve: Serve, folder: Path) -> None:
    with serve(folder, "--max-upload", "1") as server:
        visit(browser, server)
        drop(browser, "large.png", b"\0" * 4_000_000, "#reference-note")
        until(browser, f"{MESSAGE}.startsWith('large.png has more than 1 MB')")
