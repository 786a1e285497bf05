"""The audition in a real browser, on a desktop and a phone: plays, switches without losing its place, and exports."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import serving_lake
from tests.audition_builders import stem_with_original
from tests.needs import need_packages, need_program
from tests.serving_clients import PASSWORD, user

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.heavy
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--autoplay-policy=no-user-gesture-required", *QUIET]
SIZES = {"desktop": (1280, 900), "phone": (390, 800)}


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    chromium = need_program("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A real server over a lake with a stem and its original; its address, and the stem's asset."""
    need_packages("fastapi", "uvicorn", "argon2", "django_htmx", target="serve-tools")
    need_packages("av", "jams", "mir_eval", target="audio")
    import uvicorn

    from benchmarks.servers.java import free_ports
    from resources.settings import Settings
    from serving.server import create_server

    folder = tmp_path_factory.mktemp("audition")
    (folder / "inbox").mkdir()
    lake = serving_lake.build(folder / "lake")
    asset = stem_with_original(lake, folder / "inbox")
    (port,) = free_ports(1)
    app = create_server(Settings(lake=lake.root, inbox=str(folder / "inbox"), rate_limit="100000/minute"))
    user(app, "ana", "generator")
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(600):
        if server.started or waiting.wait(0.05):
            break
    assert server.started
    yield f"http://127.0.0.1:{port}", asset
    server.should_exit = True
    thread.join(30)
    app.state.services.close()


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, browser: "Browser", place: tuple[str, str]) -> Iterator["Page"]:
    """A browser that is logged in; what goes wrong on a page, or goes elsewhere, fails the test."""
    width, height = SIZES[request.param]
    faults: list[str] = []
    opened = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
    own = (place[0], "data:", "file:", "blob:")
    opened.on("request", lambda one: None if one.url.startswith(own) else faults.append(one.url))
    opened.goto(f"{place[0]}/login")
    opened.get_by_label("Name").fill("ana")
    opened.get_by_label("Password").fill(PASSWORD)
    opened.get_by_role("button", name="Log in").click()
    opened.wait_for_url(f"{place[0]}/")
    yield opened
    opened.close()
    assert faults == []


def seconds(page: "Page") -> float:
    return float(str(page.locator("[data-audition]").get_attribute("data-at")))


def moves(page: "Page", beyond: float) -> None:
    """Wait until the place is beyond a second; the page's policy forbids to evaluate text, so that it is looked at."""
    for _ in range(200):
        if seconds(page) > beyond:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the sound stays at {seconds(page)} s")


def plays(page: "Page") -> None:
    """Play, switch, seek: the place stays where it was when another sound is chosen."""
    box = page.locator("[data-audition]")
    assert box.get_attribute("data-heard") == "mix"
    assert page.locator("figure audio:visible").count() == 0  # one transport for all three
    page.get_by_role("button", name="Play").click()
    moves(page, 0.3)
    before = seconds(page)
    page.get_by_label("Original", exact=True).first.check()
    assert box.get_attribute("data-heard") == "original"
    assert box.get_attribute("data-state") == "playing"
    moves(page, before)
    page.get_by_role("button", name="Stop").click()
    drawn = page.locator("figure[data-part=stem] svg")
    drawn.scroll_into_view_if_needed()
    size = drawn.bounding_box()
    assert size is not None
    drawn.click(position={"x": size["width"] / 2, "y": size["height"] / 2})
    assert box.get_attribute("data-heard") == "stem"
    length = float(str(box.get_attribute("data-seconds")))
    assert seconds(page) == pytest.approx(length / 2, rel=0.02)
    cursor = page.locator("figure[data-part=mix] line.cursor")
    assert float(str(cursor.get_attribute("x1"))) == pytest.approx(450, rel=0.02)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing runs off the side


def test_the_page_of_a_stem_plays_and_switches(page: "Page", place: tuple[str, str]) -> None:
    page.goto(f"{place[0]}/assets/{place[1]}")
    plays(page)
    assert page.get_by_role("button", name="Approve").is_visible()


def test_the_exported_page_plays_without_a_server(page: "Page", place: tuple[str, str], tmp_path: Path) -> None:
    page.goto(f"{place[0]}/assets/{place[1]}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as one page").click()
    download.value.save_as(tmp_path / "audition.html")
    page.goto((tmp_path / "audition.html").as_uri())
    plays(page)
