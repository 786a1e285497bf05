"""Pages that say what they sell only after their scripts have run: rendered by Chromium through Playwright.

One page at a time on the machine, a fresh context without cookies for each, pictures, fonts and films left out. Every
address that the window itself goes to, redirects included, is looked up in its robots.txt first.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from resources.outside.pages.robots import DisallowedError, Robots
from resources.outside.source import FormatError
from resources.web.errors import WebError

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
LEFT_OUT = ("image", "media", "font")
LONGEST_MS, QUIET_MS = 45_000, 10_000
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")


def lacking() -> str | None:
    """What has to be installed before pages can be rendered; None when all is there."""
    if find_spec("playwright") is None:
        return "Playwright is not installed: make browser"
    if not any(map(shutil.which, PROGRAMS)):
        return f"no browser on this machine: install one of {', '.join(PROGRAMS)}"
    return None


def rendered(url: str, robots: Robots, user_agent: str, largest: int) -> str:
    """The HTML of a page once its network is quiet.

    Args:
        url: of the page.
        robots: the rules of its host, and of those that it leads to.
        user_agent: the name we go by.
        largest: characters that are read at most.

    Raises:
        DisallowedError: robots.txt does not allow it.
        FormatError: no browser, no answer in time, a status of an error, too much text.
    """
    import httpx

    if (lack := lacking()) is not None:
        raise FormatError(lack)
    from playwright.sync_api import Error, sync_playwright

    robots.look(httpx.URL(url))
    refused: list[DisallowedError | WebError] = []

    def route(one: Route) -> None:
        if one.request.resource_type in LEFT_OUT:
            one.abort()
            return
        if one.request.is_navigation_request():
            try:
                robots.look(httpx.URL(one.request.url))
            except (DisallowedError, WebError) as refusal:
                refused.append(refusal)
                one.abort()
                return
        one.continue_()

    program = next(found for name in PROGRAMS if (found := shutil.which(name)))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(FLAGS))
            try:
                page = browser.new_context(user_agent=user_agent, accept_downloads=False).new_page()
                page.route("**/*", route)
                text = _text(page, url)
                if refused:  # a script of the page has sent the window where we may not read
                    raise refused[0]
            finally:
                browser.close()
    except Error as error:
        if refused:
            raise refused[0] from None
        raise FormatError(f"the browser could not read it: {str(error).splitlines()[0][:200]}") from None
    if len(text) > largest:
        raise FormatError(f"the page has {len(text):,} characters; at most {largest:,} are read")
    return text


def _text(page: Page, url: str) -> str:
    from playwright.sync_api import TimeoutError as Late

    answer = page.goto(url, timeout=LONGEST_MS, wait_until="load")
    if answer is None or not answer.ok:
        raise FormatError(f"the answer is {answer.status if answer else 'none'}")
    with suppress(Late):  # a page that asks for something every second is never quiet
        page.wait_for_load_state("networkidle", timeout=QUIET_MS)
    return page.content()
