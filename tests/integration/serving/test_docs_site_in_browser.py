"""The documentation site in a real browser: its search finds a column, a table's page shows all that it promises.

`make docs` builds the site; CI does so before the heavy tests.
"""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.needs import need, need_packages, need_program

pytestmark = pytest.mark.heavy
SITE = Path(__file__).parents[3] / ".cache" / "docs" / "site"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a line on the console for each."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    need((SITE / "index.html").is_file(), f"no site in {SITE}: make docs")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_search_and_the_page_of_a_table(address: str) -> None:
    need_packages("playwright", target="serve-tools")
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need_program("chromium"), headless=True, args=FLAGS)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/catalogue/gold/fct_order_line/")
        titles = {one.rstrip("¶").strip() for one in page.locator("h2").all_inner_texts()}
        assert titles == {"Traps", "Lineage", "Freshness and quality", "Metrics that use it", "Sample", "Columns"}
        sample = page.locator("#sample ~ * table, #sample ~ table").first
        assert sample.locator("tbody tr").count() == 5
        assert "order_month" in sample.locator("thead").inner_text()
        assert page.locator("h3#net_revenue").count() == 1
        page.locator("#metrics-that-use-it ~ ul a").first.click()
        page.wait_for_url(re.compile(r"/catalogue/metrics/#\w+"))
        page.go_back()
        page.locator("svg.lineage a", has_text="silver/order_lines").click()
        page.wait_for_url(f"{address}/catalogue/silver/order_lines/")
        assert page.locator("h1").inner_text().startswith("silver/order_lines")

        page.locator("button.md-search__button").first.click()
        page.get_by_role("combobox", name="Search").fill("gross_orders")
        page.locator("a[role=option]", has_text="gross_orders").first.click()
        page.wait_for_url(re.compile(r"/catalogue/gold/.*#gross_orders"))
        assert page.locator("h3#gross_orders").count() == 1
        browser.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
