"""The dashboard of a lake on a real port, and a browser that has logged in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.needs import need_packages, need_program
from tests.serving_clients import PASSWORD, user

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", *QUIET]
SIZES = {"desktop": (1280, 800), "phone": (390, 800)}


@contextmanager
def served_dashboard(lake: Path, role: str, mail_server: str | None = None) -> Iterator[str]:
    """A server over a lake, its address; `ana` is a user with the role. The lake's folder keeps the accounts."""
    need_packages("fastapi", "uvicorn", "metricflow", "typst", "argon2", "django_htmx", target="serve-tools")
    import uvicorn

    from benchmarks.servers.java import free_ports
    from resources.settings import Settings
    from serving.server import create_server

    (port,) = free_ports(1)
    place = f"http://127.0.0.1:{port}"
    settings = Settings(lake=lake, public_url=place, mail_server=mail_server, rate_limit="100000/minute")
    app = create_server(settings)
    user(app, "ana", role)
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(600):
        if server.started or waiting.wait(0.05):
            break
    assert server.started
    try:
        yield place
    finally:
        server.should_exit = True
        thread.join(30)
        if thread.is_alive():  # a connection that a client has left open
            server.force_exit = True
            thread.join(30)


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The machine's Chromium without a window."""
    from playwright.sync_api import sync_playwright

    path = need_program("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield started
        started.close()


def log_in(page: "Page", address: str) -> None:
    """Log `ana` in."""
    page.goto(f"{address}/login")
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{address}/")
