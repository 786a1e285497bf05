"""Reading pages as a guest: unusable ones, odd charsets, what robots.txt asks, and the pace."""

import json

import pytest

from tests.unit.outside.conftest import Outside
from tests.unit.outside.test_pages import HTML, page, prices, product, shop
from tests.web_server import Answer, WebServer


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(page(), headers=HTML), "no product in its structured data"),
        (Answer(page({"@type": "Product", "name": "x"}), headers=HTML), "no price in its structured data"),
        (Answer(page(product("1.299")), headers=HTML), "'1.299' can be read in two ways"),
        (Answer(page(product(offers={"price": "$9.99"})), headers=HTML), "comes without a currency"),
        (Answer(b'{"price": 1}', headers={"Content-Type": "application/json"}), "application/json, not a page"),
        (Answer(b"[" * 200_000, headers=HTML), "no product"),
        (Answer(b'<script type="application/ld+json">' + b'{"a":' * 100_000, headers=HTML), "no product"),
        (Answer(b"<div itemscope itemtype='x/Product'>" * 100_000, headers=HTML), "open <div> in one another"),
        (Answer(b"<p itemscope itemtype='x/Product'>" * 60_000, headers=HTML), "its structured data"),
        (Answer(bytes(5_000_001), headers=HTML), "too large"),
        (Answer(status=410), "410 Gone"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_page_that_cannot_be_used_is_named_and_its_neighbour_lands(
    answer: Answer, said: str, outside: Outside, server: WebServer
) -> None:
    shop(outside, server, "/bad", "/good")
    server.on("/bad", answer)
    server.on("/good", Answer(page(product()), headers=HTML))
    report = outside.fetch()["shop"]
    assert len(report.faults) == 1
    assert said in report.faults[0]
    assert f"{server.url}/bad" in report.faults[0]
    assert prices(outside) == [("R2", "12.99", "EUR", "Groove")]


@pytest.mark.parametrize(
    ("charset", "content_type", "meta"),
    [
        ("utf-8", "text/html", ""),
        ("iso-8859-1", "text/html; charset=ISO-8859-1", ""),
        ("windows-1252", "text/html", '<meta charset="windows-1252">'),
        ("utf-8-sig", "text/html; charset=iso-8859-1", ""),  # the mark counts for more than the header
        ("utf-16", "text/html", ""),
        ("windows-1252", "text/html; charset=utf-8", ""),  # a header that is wrong
    ],
)
def test_the_seller_is_read_in_the_page_s_charset(
    charset: str, content_type: str, meta: str, outside: Outside, server: WebServer
) -> None:
    offer = {"price": "1.299,00", "seller": {"name": "Köln Schallplatten"}}
    text = json.dumps(product(offers=offer), ensure_ascii=False)
    body = f'<html><head>{meta}<script type="application/ld+json">{text}</script>'.encode(charset)
    shop(outside, server, "/cut", wanted=["prices"], currency="EUR")
    server.on("/cut", Answer(body, headers={"Content-Type": content_type}))
    outside.fetch()
    assert prices(outside) == [("R1", "1299.00", "EUR", "Köln Schallplatten")]


def test_robots_txt_is_kept(outside: Outside, server: WebServer) -> None:
    shop(outside, server, "/checkout/1", "/hop", "/cut")
    server.on("/hop", Answer(status=302, headers={"Location": "/checkout/2"}))
    server.on("/cut", Answer(page(product()), headers=HTML))
    report = outside.fetch()["shop"]
    assert report.faults == []
    assert [note.removeprefix(server.url) for note in report.notes] == [
        "/checkout/1: robots.txt does not allow it; not read",
        "/checkout/2: robots.txt does not allow it; not read",
    ]
    assert [one.path for one in server.asked] == ["/robots.txt", "/hop", "/cut"]


def test_a_rule_for_us_by_name_counts_for_more_than_the_one_for_all(outside: Outside, server: WebServer) -> None:
    shop(outside, server, "/cut")
    server.on("/robots.txt", b"User-agent: *\nAllow: /\n\nUser-agent: lacquer\nDisallow: /\n")
    assert "robots.txt does not allow it" in outside.fetch()["shop"].notes[0]


def test_pages_are_read_at_the_pace_that_their_host_asks_for(outside: Outside, server: WebServer) -> None:
    shop(outside, server, "/1", "/2", pause_s=2)
    server.on("/robots.txt", b"User-agent: *\nCrawl-delay: 7\n")
    for path in ("/1", "/2"):
        server.on(path, Answer(page(product()), headers=HTML))
    outside.fetch()
    assert outside.slept == [1.0, 7.0]  # after robots.txt, after the first page
    server.on("/robots.txt", b"User-agent: *\nCrawl-delay: 3600\n")
    report = outside.fetch()["shop"]
    assert "its host wants 3600 s between two pages" in report.notes[0]
    assert len(server.asked_for("/1")) == 1


@pytest.mark.parametrize(("status", "is_read"), [(404, True), (403, True), (500, False), (429, False)])
def test_who_has_no_robots_txt_allows_all_and_who_cannot_say_allows_nothing(
    status: int, is_read: bool, outside: Outside, server: WebServer
) -> None:
    shop(outside, server, "/cut")
    server.on("/robots.txt", Answer(status=status))
    server.on("/cut", Answer(page(product()), headers=HTML))
    report = outside.fetch()["shop"]
    assert (report.events, bool(report.faults)) == (int(is_read), not is_read)
    assert len(server.asked_for("/cut")) == int(is_read)
