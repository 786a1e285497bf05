"""The page of a song in a real browser: it plays, its cursor and what it says go with the sound, it zooms.

The song is made so that the truth is known: clicks at 120 BPM over A, told to the page as beats, chords and sections.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from audio.analysis import Analysis, Beat, analyse
from audio.page import write_page
from tests.integration.audio.hearing import song
from tests.needs import need_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.heavy
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--autoplay-policy=no-user-gesture-required", *QUIET]
SECONDS = 12.0


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    chromium = need_program("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Analysis]:
    """A song, and what is said of it: beats each half second, sections and chords that change at 4 and 8 s."""
    sound = song(tmp_path_factory.mktemp("page") / "a & b <i>.wav", 120, seconds=SECONDS)
    analysis = analyse(sound)
    beats = [Beat(0.5 * number, number % 4 + 1) for number in range(24)]
    chords = [
        dataclasses.replace(analysis.chords[0], start_s=start, end_s=start + 4, label=label)
        for start, label in ((0.0, "C:maj"), (4.0, "A:min"), (8.0, "N"))
    ]
    sections = [
        dataclasses.replace(analysis.sections[0], start_s=start, end_s=start + 4, label=label)
        for start, label in ((0.0, "A"), (4.0, "B"), (8.0, "A"))
    ]
    return sound, dataclasses.replace(analysis, beats=beats, chords=chords, sections=sections)


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture(params=[1280, 400])
def page(
    request: pytest.FixtureRequest, browser: "Browser", heard: tuple[Path, Analysis], faults: list[str]
) -> Iterator["Page"]:
    path = heard[0].with_suffix(".html")
    write_page(heard[1], heard[0], path)
    yield from shown(browser, path, faults, request.param)
    assert faults == []


def shown(browser: "Browser", path: Path, faults: list[str], width: int = 1280) -> Iterator["Page"]:
    opened = browser.new_page(viewport={"width": width, "height": 700})
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda one: faults.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    opened.goto(path.as_uri())
    yield opened
    opened.close()


CURSOR_SHARE = """(() => {
    const box = wide.getBoundingClientRect(), at = $('cursor').getBoundingClientRect();
    return (at.left - box.left) / box.width;
})()"""


def wait_for_cursor(page: "Page", share: float, within: float = 0.006) -> None:
    """Wait until the cursor, which moves with the next frame, stands at this share of the time line."""
    page.wait_for_function(f"Math.abs({CURSOR_SHARE} - {share}) < {within}")


def seek(page: "Page", seconds: float) -> str:
    """Move there, and what the page says of it."""
    page.evaluate(f"new Promise(done => {{ sound.addEventListener('seeked', done, {{once: true}}); go({seconds}); }})")
    page.wait_for_function(f"$('now').value.startsWith(clock({seconds}, 1))")
    return str(page.evaluate("$('now').value"))


def test_it_plays_and_the_cursor_goes_with_the_sound(page: "Page") -> None:
    assert page.title() == "a & b <i>.wav"
    assert page.evaluate("sound.duration") == pytest.approx(SECONDS, abs=0.01)
    page.evaluate("sound.play()")
    page.wait_for_function("sound.currentTime > 0.3")
    page.evaluate("sound.pause()")
    at = page.evaluate("sound.currentTime")
    assert at > 0.3
    wait_for_cursor(page, at / SECONDS)


def test_what_it_says_is_what_was_heard_at_that_moment(page: "Page") -> None:
    assert seek(page, 1.65) == "0:01.6 of 0:12 · section A · C · beat 4"
    assert seek(page, 4.15) == "0:04.1 of 0:12 · section B · Am · beat 1"
    assert seek(page, 8.65) == "0:08.6 of 0:12 · section A · no chord · beat 2"


def test_a_click_on_the_time_line_goes_to_that_moment(page: "Page") -> None:
    box = page.locator("#wide").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 100)
    page.wait_for_function("Math.abs(sound.currentTime - 6) < 0.05")
    wait_for_cursor(page, 0.5)
    page.keyboard.press("Tab")
    page.locator("#scroll").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("Math.abs(sound.currentTime - 1) < 0.05")


def test_zoom_keeps_the_cursor_in_view_and_the_drawing_in_step(page: "Page") -> None:
    seek(page, 6.0)
    whole = page.evaluate("wide.clientWidth")
    page.locator("#zoom").fill("1")
    assert page.evaluate("wide.clientWidth / scroll.clientWidth") == pytest.approx(3, rel=0.01), "4 of 12 s are seen"
    assert page.evaluate("wide.clientWidth") > 2.9 * whole
    assert page.evaluate(CURSOR_SHARE) == pytest.approx(0.5, abs=0.005), "the cursor moves with the drawing"
    assert page.evaluate("x(at) - scroll.scrollLeft >= 0 && x(at) - scroll.scrollLeft <= scroll.clientWidth")
    # The bar's line at 6.0 s is where the cursor is; a quarter of a second later there is none.
    drawn = (
        "seconds => { const fine = devicePixelRatio, left = Math.round((x(seconds) - scroll.scrollLeft) * fine);"
        "const found = pen.getImageData(left - 1, 186 * fine, 4, 1).data; const at = [];"
        "for (let one = 0; one < found.length; one += 4) at.push(found[one + 3]); return Math.max(...at); }"
    )
    assert page.evaluate(drawn, 6.0) > 0
    assert page.evaluate(drawn, 6.25) == 0
    seek(page, 11.5)
    page.wait_for_function("x(at) - scroll.scrollLeft <= scroll.clientWidth")


def test_without_the_sound_in_it_it_says_why_and_shows_the_rest(
    browser: "Browser", heard: tuple[Path, Analysis], tmp_path: Path, faults: list[str]
) -> None:
    sound = tmp_path / "a.wma"
    sound.write_bytes(heard[0].read_bytes())
    write_page(heard[1], sound, tmp_path / "a.html")
    for page in shown(browser, tmp_path / "a.html", faults):
        assert page.locator("#silent").inner_text() == "The sound is not in this page: browsers do not play .wma."
        assert page.locator("audio").count() == 0
        page.evaluate("go(4.1)")
        page.wait_for_function("$('now').value === '0:04.1 of 0:12 · section B · Am · beat 1'")
    assert faults == []


def test_a_sound_that_the_browser_cannot_play_is_said_too(
    browser: "Browser", heard: tuple[Path, Analysis], tmp_path: Path, faults: list[str]
) -> None:
    sound = tmp_path / "a.flac"
    sound.write_bytes(b"fLaC" + bytes(2_000))
    write_page(heard[1], sound, tmp_path / "a.html")
    for page in shown(browser, tmp_path / "a.html", faults):
        page.wait_for_selector("#silent")
        assert page.locator("#silent").inner_text().startswith("This browser does not play the sound")
    assert faults == []


def test_an_hour_opens_and_zooms(
    browser: "Browser", heard: tuple[Path, Analysis], tmp_path: Path, faults: list[str]
) -> None:
    import numpy as np

    hours = dataclasses.replace(
        heard[1], duration_s=3 * 3600.0, outline=np.abs(np.sin(np.arange(3 * 3600 * 20))).astype(np.float32)
    )
    sound = tmp_path / "a.wma"
    sound.write_bytes(b"x")
    write_page(hours, sound, tmp_path / "a.html")
    for page in shown(browser, tmp_path / "a.html", faults, width=1920):
        page.evaluate("go(9000)")
        page.locator("#zoom").fill("1")
        page.wait_for_function("pen.getImageData(0, 98 * devicePixelRatio, line.width, 1).data.some(one => one > 0)")
    assert faults == []
