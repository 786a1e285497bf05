"""Every page of the dashboard over the demo lake passes axe: on a desktop and a phone, in light and in dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard_server import SIZES, chromium, log_in, served_dashboard
from tests.end_to_end.commands import copied
from tests.needs import need

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.heavy
AXE = Path(__file__).parents[2] / ".cache" / "servers" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
FOUND = """async rules => (await axe.run(document, {resultTypes: ['violations'], ...rules})).violations.map(
  one => [one.id, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + ' ' + node.failureSummary)])"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # all that dark colours can change
# Pages without a part in their address; further down those of one release and one buyer.
PAGES = (
    *("", "catalogue", "catalogue?genre=none", "stock", "buyers", "models", "metrics", "reports", "reports/mail"),
    *("metrics?metric=net_revenue&by=release__genre", "exports", "jobs", "account", "admin", "copilot", "assets"),
    *("forecast", "forecast?release_date=2020-01-01", "nowhere"),
)
REFUSED = {"forecast?release_date=2020-01-01": 422, "nowhere": 404}
SECTIONS = ("alerts", "decisions", "growth", "listings", "recommendations", "prices", "reviews")


@pytest.fixture(scope="module")
def address(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_dashboard(copied(demo_lake, tmp_path_factory.mktemp("axe") / "lake"), "admin") as place:
        yield place


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    need(AXE.is_file(), "no axe-core in .cache/servers: make servers")
    with chromium() as started:
        yield started


def violations(page: "Page") -> list[Any]:
    """What axe finds on the page in light and in dark colours, with all that can be unfolded unfolded."""
    page.evaluate(OPEN_ALL)
    page.emulate_media(color_scheme="light")
    found: list[Any] = page.evaluate(FOUND, {})
    page.emulate_media(color_scheme="dark")
    return found + page.evaluate(FOUND, COLOURS)


def first_link(page: "Page", address: str, listed: str, prefix: str) -> str:
    """Where the first link of a list leads."""
    page.goto(f"{address}/{listed}")
    link = page.locator(f"#rows a[href^='{prefix}']").first.get_attribute("href")
    assert link is not None
    return link.lstrip("/")


@pytest.mark.parametrize("size", list(SIZES))
def test_no_page_violates_a_rule(browser: "Browser", address: str, size: str) -> None:
    width, height = SIZES[size]
    opened = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
    opened.add_init_script(path=AXE)
    opened.goto(f"{address}/login")
    failed = {"login": violations(opened)}
    log_in(opened, address)
    ones = [first_link(opened, address, *one) for one in (("catalogue", "/releases/"), ("buyers", "/buyers/"))]
    statuses = {}
    for place in (*PAGES, *(f"sections/{one}" for one in SECTIONS), *ones):
        answer = opened.goto(f"{address}/{place}")
        statuses[place] = answer.status if answer else None
        failed[place] = violations(opened)
    opened.close()
    assert {place: found for place, found in failed.items() if found} == {}
    assert {place: status for place, status in statuses.items() if status != 200} == REFUSED


def test_a_planted_fault_is_found(browser: "Browser", address: str) -> None:
    opened = browser.new_page()
    opened.add_init_script(path=AXE)
    opened.goto(f"{address}/login")
    opened.evaluate("document.querySelector('main').append(document.createElement('img'))")
    found = [name for name, _ in violations(opened)]
    opened.close()
    assert found == ["image-alt"]
