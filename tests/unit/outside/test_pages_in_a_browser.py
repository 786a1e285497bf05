"""Pages whose data a script adds are rendered by a real browser, which obeys robots.txt and leaves pictures alone."""

import json

import pytest

from tests.needs import need_packages, need_program
from tests.unit.outside.conftest import Outside
from tests.unit.outside.test_pages import HTML, product
from tests.web_server import Answer, WebServer

pytestmark = pytest.mark.heavy


def scripted(body: str) -> Answer:
    return Answer(f'<html><body><img src="/cover.png"><script>{body}</script></body></html>'.encode(), headers=HTML)


def test_what_a_script_states_is_read_and_robots_are_obeyed(outside: Outside, server: WebServer) -> None:
    need_packages("playwright", target="browser")
    need_program("chromium")
    data = json.dumps(json.dumps(product("12.50")))
    adds = f"const s = document.createElement('script'); s.type = 'application/ld+json'; s.text = {data};"
    server.on("/robots.txt", b"User-agent: *\nDisallow: /secret\n")
    server.on("/cut", scripted(adds + "document.head.append(s);"))
    server.on("/sends-on", scripted("location.href = '/secret';"))
    server.on("/secret", scripted(adds + "document.head.append(s);"))
    pages = [{"url": f"{server.url}{path}", "release": "R1"} for path in ("/cut", "/secret", "/sends-on")]
    source = {"name": "shop", "type": "pages", "browser": True, "pause_s": 1, "seller": "Groove", "pages": pages}
    outside.configure(source)
    report = outside.fetch()["shop"]
    assert [(one["value"], one["source"]) for one in outside.events()] == [("12.50", "Groove")]
    assert len(report.notes) == 2
    assert all("robots.txt does not allow it" in note for note in report.notes), report.notes
    assert report.faults == []
    assert {one.path for one in server.asked} & {"/secret", "/cover.png"} == set()
    assert {one.headers["user-agent"] for one in server.asked_for("/cut")} == {"Lacquer"}
    outside.configure({**source, "browser": False})
    assert "no product in its structured data" in outside.fetch()["shop"].faults[0]
