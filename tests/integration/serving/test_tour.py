"""A tour of the dashboard in a real browser, on a desktop and on a phone: views, tags, and reports by mail."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import serving_lake
from tests.needs import need_packages, need_program
from tests.receivers import Mails, mails
from tests.serving_clients import PASSWORD, user

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.heavy
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", *QUIET]
SIZES = {"desktop": (1280, 800), "phone": (390, 800)}


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    chromium = need_program("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def post_box() -> Iterator[tuple[Mails, str]]:
    with mails() as (kept, address):
        yield kept, address


@pytest.fixture
def address(tmp_path: Path, post_box: tuple[Mails, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real server over a small lake, which mails reports; where it listens."""
    need_packages("fastapi", "uvicorn", "metricflow", "typst", "argon2", "django_htmx", target="serve-tools")
    import uvicorn

    from benchmarks.servers.java import free_ports
    from resources.settings import Settings
    from serving.server import create_server

    (port,) = free_ports(1)
    place = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    lake = serving_lake.build(tmp_path / "lake")
    app = create_server(Settings(lake=lake.root, public_url=place, mail_server=post_box[1]))
    user(app, "ana", "planner")
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(600):
        if server.started or waiting.wait(0.05):
            break
    assert server.started
    yield place
    server.should_exit = True
    thread.join(30)


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, browser: "Browser", address: str) -> Iterator["Page"]:
    """A browser that is logged in; what goes wrong on a page, or goes elsewhere, fails the test."""
    width, height = SIZES[request.param]
    faults: list[str] = []
    opened = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda one: None if one.url.startswith((address, "data:")) else faults.append(one.url))
    opened.on("response", lambda one: faults.append(f"{one.status} {one.url}") if one.status >= 400 else None)
    opened.goto(f"{address}/login")
    opened.get_by_label("Name").fill("ana")
    opened.get_by_label("Password").fill(PASSWORD)
    opened.get_by_role("button", name="Log in").click()
    opened.wait_for_url(f"{address}/")
    yield opened
    opened.close()
    assert faults == []


def releases(page: "Page") -> list[str]:
    """The releases that the catalogue shows."""
    links = page.locator("#rows a").all()
    return [str(one.get_attribute("href")).rsplit("/", 1)[1] for one in links]


def test_views_and_tags(page: "Page", address: str) -> None:
    page.goto(f"{address}/catalogue")
    with page.expect_response(re.compile("/catalogue/rows")):
        page.get_by_label("Genre").select_option("jazz")
    page.get_by_text("Keep these").click()
    page.get_by_label("Name").fill("Jazz only")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_role("link", name="Jazz only").click()
    page.wait_for_url(re.compile("genre=jazz"))
    assert sorted(releases(page)) == ["R1", "R3"]
    page.get_by_text("Keep these").click()
    page.locator("input[name=new_tag]").fill("Summer")
    page.get_by_role("button", name="Tag all that is found").click()
    page.get_by_role("status").get_by_role("link", name="summer").wait_for()
    page.goto(f"{address}/releases/R2")
    page.locator("summary", has_text="Tag").click()
    page.locator("input[name=new_tag]").fill("Summer")
    page.locator("details").get_by_role("button", name="Save").click()
    page.get_by_role("link", name="summer").click()
    page.wait_for_url(re.compile("tag=summer"))
    assert sorted(releases(page)) == ["R1", "R2", "R3"]
    page.get_by_role("button", name="Remove: Jazz only").click()
    page.get_by_role("link", name="Jazz only").wait_for(state="detached")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing runs off the side


def test_a_report_is_scheduled_and_removed(page: "Page", address: str, post_box: tuple[Mails, str]) -> None:
    page.goto(f"{address}/reports/mail")
    form = page.locator("form", has=page.get_by_label("How often"))
    form.get_by_label("Name").fill("For the board")
    form.get_by_label("Addresses").fill("board@example.org")
    form.get_by_label("How often").select_option("day")
    form.get_by_role("button", name="Send by mail").click()
    page.get_by_role("cell", name="board@example.org").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Remove: For the board").click()
    page.get_by_text("Nothing is scheduled yet.").wait_for()
    assert post_box[0].got == []  # it was not due yet
