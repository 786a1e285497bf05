"""Shops' pages as shops write them: what is taken from them, when it is an event, and whose wishes are kept."""

import datetime as dt
import json
from typing import Any

import pytest

from tests.unit.outside.conftest import Outside
from tests.web_server import Answer, WebServer

HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(*products: Any, extra: str = "") -> bytes:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(one)}</script>' for one in products)
    return f"<html><head>{scripts}</head><body>{extra}</body></html>".encode()


def product(price: Any = "12.99", **more: Any) -> dict[str, Any]:
    offer = {"@type": "Offer", "price": price, "priceCurrency": "EUR", "availability": "https://schema.org/InStock"}
    return {"@context": "https://schema.org", "@type": "Product", "name": "First Cut", "offers": offer} | more


def shop(outside: Outside, server: WebServer, *paths: str, **more: Any) -> None:
    server.on("/robots.txt", b"User-agent: *\nDisallow: /checkout\n")
    pages = [{"url": server.url + path, "release": f"R{number}"} for number, path in enumerate(paths, 1)]
    outside.configure({"name": "shop", "type": "pages", "pages": pages, "seller": "Groove", **more})


def prices(outside: Outside) -> list[tuple[str, str, str, str]]:
    found = [one for one in outside.events() if one["kind"] == "competitor_price"]
    return [(one["entity_id"], one["value"], one["unit"], one["source"]) for one in found]


def test_a_price_is_an_event_when_it_changes(outside: Outside, server: WebServer) -> None:
    shop(outside, server, "/cut")
    tag = {**HTML, "ETag": '"1"', "Last-Modified": "Tue, 10 Mar 2026 08:00:00 GMT"}
    server.on(
        "/cut", Answer(page(product()), headers=tag), Answer(status=304), Answer(page(product(12.99)), headers=HTML)
    )
    assert [outside.fetch()["shop"].events for _ in range(3)] == [1, 0, 0]  # new, 304, another page with the same price
    asked = [
        (one.headers.get("if-none-match"), one.headers.get("if-modified-since")) for one in server.asked_for("/cut")
    ]
    assert asked == [(None, None), ('"1"', "Tue, 10 Mar 2026 08:00:00 GMT"), ('"1"', "Tue, 10 Mar 2026 08:00:00 GMT")]
    event = outside.events()[0]
    assert event["event_id"].startswith("page:R1:")
    assert {name: value for name, value in event.items() if name != "event_id"} == {
        "kind": "competitor_price",
        "entity_type": "release",
        "entity_id": "R1",
        "value": "12.99",
        "unit": "EUR",
        "occurred_at": "2026-03-10T12:00:00Z",
        "source": "Groove",
    }
    outside.now += dt.timedelta(days=1)
    gone = product()
    gone["offers"]["availability"] = "OutOfStock"
    server.on("/cut", *(Answer(page(one), headers=HTML) for one in (product("9.99"), gone, product("9.99"))))
    for _ in range(3):  # cheaper, sold out, back at the same price
        outside.now += dt.timedelta(hours=1)
        assert outside.fetch()["shop"].events == 1
    kept = [(one["value"], one.get("availability")) for one in outside.events()[1:]]
    assert kept == [("9.99", None), ("12.99", "out_of_stock"), ("9.99", None)]


MICRODATA = """<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">First Cut</h1>
<p itemprop="gtin13">4006381333931</p>
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="priceCurrency" content="EUR">
<span itemprop="price" content="1299.00">1.299,00 €</span><link itemprop="availability" href="http://schema.org/InStock">
<link itemprop="itemCondition" href="http://schema.org/UsedCondition"></div>
<div itemprop="aggregateRating" itemscope itemtype="http://schema.org/AggregateRating" itemref="votes">
<span itemprop="ratingValue">4,5</span></div></div><b id="votes" itemprop="reviewCount">17</b>"""


@pytest.mark.parametrize(
    ("body", "price"),
    [
        (page({"@graph": [{"@type": "WebPage"}, product("19.90")]}), "19.90"),
        (page([product("19.90")]), "19.90"),
        (page(product("19.90", **{"@type": ["Product", "MusicAlbum"]})), "19.90"),
        (page(product("19.90", **{"@type": "http://schema.org/Product"})), "19.90"),
        (page({"@type": "WebPage", "mainEntity": product("19.90")}), "19.90"),
        (page(product(offers={"@id": "#o"}), {"@id": "#o", "@type": "Offer", "price": 8, "priceCurrency": "EUR"}), "8"),
        (page(product(offers={"@type": "AggregateOffer", "lowPrice": "7.50", "priceCurrency": "EUR"})), "7.50"),
        (
            page(
                product(
                    offers={
                        "@type": "Offer",
                        "priceCurrency": "EUR",
                        "priceSpecification": [
                            {"price": "24.99", "priceType": "https://schema.org/ListPrice"},
                            {"price": "19.99", "priceCurrency": "EUR"},
                        ],
                    }
                )
            ),
            "19.99",
        ),
        (page({"@type": "ItemList", "itemListElement": [product("1.00"), product("2.00")]}, product("19.90")), "19.90"),
        (page(product("19.90"), product("19.90")), "19.90"),
        (page(product("19.90"), extra=MICRODATA), "19.90"),
        (page(extra=MICRODATA), "1299.00"),
        (page(product("3", url="http://[bad", name="a"), product("4", url="x:/cut", name="b")), "4"),
        (b'<script type="application/ld+json">{broken</script>' + page(product("3.00")), "3.00"),
        (
            b'<script type="application/LD+JSON; charset=utf-8">\n<!--\n'
            + json.dumps(product("5.5")).encode()
            + b"\n-->\n</script>",
            "5.5",
        ),
        (page(product("1.299,00 €", offers={"price": "1.299,00 €"})), "1299.00"),
    ],
)
def test_shops_say_it_in_many_ways(body: bytes, price: str, outside: Outside, server: WebServer) -> None:
    shop(outside, server, "/cut", wanted=["prices"])
    server.on("/cut", Answer(body, headers=HTML))
    report = outside.fetch()["shop"]
    assert report.faults == []
    assert prices(outside) == [("R1", price, "EUR", "Groove")]


def test_microdata_gives_condition_and_rating_too(outside: Outside, server: WebServer) -> None:
    shop(outside, server, "/cut")
    server.on("/cut", Answer(page(extra=MICRODATA), headers=HTML))
    outside.fetch()
    told = {(one["kind"], one["value"], one["unit"], one.get("condition")) for one in outside.events()}
    assert told == {
        ("competitor_price", "1299.00", "EUR", "used"),
        ("rating", "4.5", "stars/5", None),
        ("rating_count", 17, "ratings", None),
    }


def test_of_several_offers_the_lowest_per_seller_and_condition(outside: Outside, server: WebServer) -> None:
    def offer(price: str, seller: str | None = None, **more: str) -> dict[str, Any]:
        named = {"seller": {"@type": "Organization", "name": seller}} if seller else {}
        return {"@type": "Offer", "price": price, "priceCurrency": "EUR", **named, **more}

    used, absent = {"itemCondition": "https://schema.org/UsedCondition"}, {"availability": "http://schema.org/SoldOut"}
    offers = [
        offer("15.00", "A"),
        offer("14.00", "A"),
        offer("6.00", "A", **used),
        offer("20"),
        offer("9", "B", **absent),
    ]
    offers += [offer("-1", "C"), offer("0", "C"), offer("kostenlos", "C")]
    shop(outside, server, "/cut")
    server.on("/cut", Answer(page(product(offers=offers)), headers=HTML))
    report = outside.fetch()["shop"]
    assert sorted(prices(outside)) == [
        ("R1", "14.00", "EUR", "A"),
        ("R1", "20", "EUR", "Groove"),
        ("R1", "6.00", "EUR", "A"),
        ("R1", "9", "EUR", "B"),
    ]
    sold_out = [one["source"] for one in outside.events() if one.get("availability") == "out_of_stock"]
    assert sold_out == ["B"]
    assert [note.split("an offer is left out: ")[1] for note in report.notes] == [
        "'-1' is not above zero",
        "'0' is not above zero",
        "'kostenlos' holds 0 numbers, not one",
    ]


def test_a_page_of_several_products_needs_the_number_of_one(outside: Outside, server: WebServer) -> None:
    both = Answer(page(product("10", gtin13="111"), product("20", gtin13="222")), headers=HTML)
    shop(outside, server, "/cut")
    server.on("/cut", both)
    assert "2 products in its structured data, 2 that fit; give the page a `gtin`" in outside.fetch()["shop"].faults[0]
    wanted = {"url": f"{server.url}/cut", "release": "R1", "gtin": "222"}
    outside.configure({"name": "shop", "type": "pages", "pages": [wanted]})
    assert outside.fetch()["shop"].faults == []
    assert prices(outside) == [("R1", "20", "EUR", "127.0.0.1")]


def test_reviews_come_once_with_their_scale_and_without_their_writer(outside: Outside, server: WebServer) -> None:
    def review(rating: Any, best: Any = None, **more: Any) -> dict[str, Any]:
        mark = {"@type": "Rating", "ratingValue": rating} | ({"bestRating": best} if best else {})
        return {"@type": "Review", "reviewRating": mark, "author": {"name": "Ana Ruiz"}, **more}

    reviews = [
        review("4", datePublished="2026-02-01", name="Warm", reviewBody="Quiet pressing."),
        review(8, "10", datePublished="2026-02-03T10:00:00+02:00"),
        review("87", 100),
        review("6", datePublished="2026-02-04"),  # beyond the best
        {"@type": "Review", "reviewBody": "no mark"},
        review("3", datePublished="0001-01-01T00:00:00+14:00"),
    ]
    shop(outside, server, "/cut", wanted=["reviews"])
    later = [*reviews, review("1", datePublished="2026-03-09")]
    server.on("/cut", *(Answer(page(product(review=some)), headers=HTML) for some in (reviews, reviews, later)))
    assert [outside.fetch()["shop"].events for _ in range(3)] == [4, 0, 1]
    told = sorted((one["occurred_at"], one["value"], one["unit"]) for one in outside.events())
    assert told == [
        ("2026-02-01T00:00:00Z", "4", "stars/5"),
        ("2026-02-03T08:00:00Z", "8", "points/10"),
        ("2026-03-09T00:00:00Z", "1", "stars/5"),
        ("2026-03-10T12:00:00Z", "3", "stars/5"),
        ("2026-03-10T12:00:00Z", "8.7", "points/10"),
    ]
    warm = next(one for one in outside.events() if one.get("title"))
    assert (warm["kind"], warm["title"], warm["text"]) == ("review", "Warm", "Quiet pressing.")
    assert "Ana" not in outside.files()[0].read_text()


def test_a_review_that_was_cut_within_an_emoji_lands_with_the_others(outside: Outside, server: WebServer) -> None:
    mark = {"@type": "Rating", "ratingValue": "5"}
    texts = ["whole \U0001f600", "cut \ud83d"]
    shop(outside, server, "/cut", wanted=["reviews"])
    server.on("/cut", Answer(page(product(review=[{"reviewRating": mark, "reviewBody": one} for one in texts]))))
    assert outside.fetch()["shop"].faults == []
    assert sorted(one["text"] for one in outside.events()) == ["cut \ufffd", "whole \U0001f600"]


def test_what_is_wanted_anew_is_looked_for_on_a_page_that_has_not_changed(outside: Outside, server: WebServer) -> None:
    shop(outside, server, "/cut", wanted=["prices"])
    rated = product(aggregateRating={"ratingValue": 4.2, "ratingCount": 3})
    server.on("/cut", lambda asked: Answer(page(rated), headers={**HTML, "ETag": '"1"'}))
    outside.fetch()
    shop(outside, server, "/cut", wanted=["prices", "ratings"])
    assert outside.fetch()["shop"].events == 2
    assert [one.headers.get("if-none-match") for one in server.asked_for("/cut")] == [None, None]
