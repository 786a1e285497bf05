"""Amazon, eBay and Walmart as they document themselves: what is sold out or gone is kept."""

import json
from typing import Any

import pytest

from tests.unit.outside.conftest import Outside
from tests.unit.outside.test_api_client import answer, token
from tests.web_server import Answer, Asked, WebServer

ASIN = "B000000001"
OFFERS, FEES = f"/products/pricing/v0/items/{ASIN}/offers", f"/products/fees/v0/items/{ASIN}/feesEstimate"
STOCK = "/fba/inventory/v1/summaries"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_SECRET", "s3cret-of-the-app")
    monkeypatch.setenv("REFRESH", "Atzr|refresh-me")


def prices(outside: Outside) -> list[tuple[Any, ...]]:
    return [
        (one["source"], one["value"], one["unit"], one.get("condition"), one["availability"])
        for one in outside.events()
        if one["kind"] == "competitor_price"
    ]


def figures(outside: Outside) -> dict[str, Any]:
    return {one["kind"]: one["value"] for one in outside.events() if one["kind"] != "competitor_price"}


def money(amount: str) -> dict[str, Any]:
    return {"CurrencyCode": "EUR", "Amount": float(amount)}


def offer(seller: str, price: str, *, winner: bool = False, availability: str = "NOW") -> dict[str, Any]:
    time = {"minimumHours": 0, "maximumHours": 24, "availabilityType": availability}
    return {
        "SellerId": seller,
        "SubCondition": "new",
        "ListingPrice": money(price),
        "Shipping": money("0"),
        "IsBuyBoxWinner": winner,
        "ShippingTime": time,
    }


def offers(*listed: dict[str, Any], box: str | None = "18.90", count: int | None = None) -> Answer:
    boxes = [{"condition": "new", "LandedPrice": money(box), "ListingPrice": money(box)}] if box else []
    ranks = [{"ProductCategoryId": "music", "Rank": 812}, {"ProductCategoryId": "301", "Rank": 14}]
    summary = {
        "TotalOfferCount": len(listed) if count is None else count,
        "BuyBoxPrices": boxes,
        "SalesRankings": ranks,
    }
    payload = {"ASIN": ASIN, "status": "Success", "ItemCondition": "New", "Summary": summary, "Offers": list(listed)}
    return answer({"payload": payload}, headers={"x-amzn-RateLimit-Limit": "0.1"})


def amazon(outside: Outside, server: WebServer) -> None:
    keys = {"client_id": "app", "client_secret": "${APP_SECRET}", "refresh_token": "${REFRESH}"}
    outside.configure(
        {
            "name": "amazon",
            "type": "amazon",
            **keys,
            "marketplace": "A1PA6795UKMFR9",
            "region": "DE",
            "seller": "US",
            "listings": [{"release": "R1", "asin": ASIN, "sku": "LP-1"}],
            "url": server.url,
            "token_url": f"{server.url}/auth/o2/token",
        }
    )
    server.on("/auth/o2/token", token("Atza|access-1"), token("Atza|access-2"))
    fee = {"FeesEstimateResult": {"Status": "Success", "FeesEstimate": {"TotalFeesEstimate": money("3.64")}}}
    server.on(FEES, answer({"payload": fee}))
    there = [{"sellerSku": "LP-1", "totalQuantity": 4}, {"sellerSku": "LP-2", "totalQuantity": 9}]
    page = {"payload": {"inventorySummaries": there}, "pagination": {"nextToken": "n"}}
    rest = {"payload": {"inventorySummaries": [{"sellerSku": "LP-1", "totalQuantity": 2}]}}
    server.on(STOCK, lambda asked: answer(rest if "nextToken" in asked.query else page))


def test_offers_buy_box_rank_fees_and_stock_of_amazon(outside: Outside, server: WebServer) -> None:
    amazon(outside, server)
    server.on(OFFERS, offers(offer("US", "18.90", winner=True), offer("S1", "17.50"), offer("S2", "21")))
    assert outside.fetch()["amazon"].faults == []
    assert prices(outside) == [
        ("amazon:S1", "17.5", "EUR", "new", "in_stock"),
        ("amazon:S2", "21.0", "EUR", "new", "in_stock"),
    ]
    assert figures(outside) == {
        "offers": 3,
        "buy_box_price": "18.9",
        "buy_box_won": 1,
        "sales_rank": 14,
        "marketplace_stock": 6,
        "marketplace_fee": "3.64",
    }
    form = server.asked_for("/auth/o2/token")[0]
    assert form.body == (
        b"grant_type=refresh_token&refresh_token=Atzr%7Crefresh-me&client_id=app&client_secret=s3cret-of-the-app"
    )
    assert {one.headers.get("x-amz-access-token") for one in server.asked[1:]} == {"Atza|access-1"}
    asked = json.loads(server.asked_for(FEES)[0].body)["FeesEstimateRequest"]
    assert asked["PriceToEstimateFees"]["ListingPrice"] == {"CurrencyCode": "EUR", "Amount": 18.9}
    assert 10.0 in [round(second) for second in outside.slept]  # 0.1 requests a second are allowed
    assert outside.fetch()["amazon"].events == 0
    written = b"".join(path.read_bytes() for path in (outside.root / "lake").rglob("*") if path.is_file())
    assert [word for word in (b"Atza|", b"Atzr|", b"s3cret") if word in written] == []


def test_an_offer_that_ships_later_or_is_gone_is_out_of_stock_and_kept(outside: Outside, server: WebServer) -> None:
    amazon(outside, server)
    both = offers(offer("S1", "17.50"), offer("S2", "21"))
    later = offers(offer("S1", "17.50", availability="FUTURE_WITHOUT_DATE"), offer("S2", "21"))
    nobody = {"payload": {"status": "NoBuyableOffers", "Summary": {"TotalOfferCount": 0}, "Offers": []}}
    many = offers(offer("S1", "17.50"), count=25, box=None)  # S2 may be among those that are not listed
    server.on(OFFERS, both, later, answer(nobody), answer(nobody), many, both)
    seen = []
    for _ in range(6):
        before = len(prices(outside))
        assert outside.fetch()["amazon"].faults == []
        outside.now = outside.now.replace(hour=outside.now.hour + 1)
        seen.append([(one[0][7:], one[1], one[4]) for one in prices(outside)[before:]])
    assert seen == [
        [("S1", "17.5", "in_stock"), ("S2", "21.0", "in_stock")],
        [("S1", "17.5", "out_of_stock")],
        [("S2", "21.0", "out_of_stock")],
        [],
        [("S1", "17.5", "in_stock")],
        [("S2", "21.0", "in_stock")],
    ]


def test_an_expired_token_of_amazon_is_renewed_and_another_shape_refused(outside: Outside, server: WebServer) -> None:
    amazon(outside, server)
    expired = answer({"errors": [{"code": "Unauthorized", "message": "Access token has expired"}]}, 401)
    server.on(OFFERS, expired, offers(offer("S1", "17.50")))
    assert outside.fetch()["amazon"].faults == []
    assert [one.headers["x-amz-access-token"] for one in server.asked_for(OFFERS)] == ["Atza|access-1", "Atza|access-2"]
    server.on(OFFERS, answer({"payload": {"status": "Success", "Summary": {"TotalOfferCount": 1}, "Offers": [{}]}}))
    assert "payload.Offers.0.SellerId: Field required" in outside.fetch()["amazon"].faults[0]
    server.on(OFFERS, answer({"payload": {"status": "Odd", "Summary": {"TotalOfferCount": 0}, "Offers": []}}))
    assert "come with the status 'Odd'" in outside.fetch()["amazon"].faults[0]


def test_ebay_is_read_by_pages_and_the_cheapest_that_can_be_had_counts(outside: Outside, server: WebServer) -> None:
    source = {"name": "ebay", "type": "ebay", "client_id": "app", "client_secret": "${APP_SECRET}", "url": server.url}
    listings = [{"release": "R1", "gtin": "4006381333931"}]
    outside.configure({**source, "marketplace": "EBAY_DE", "listings": listings})
    server.on("/identity/v1/oauth2/token", token("v^1.1#app"))

    def item(number: str, price: str | None, condition: str) -> dict[str, Any]:
        cost = {"price": {"value": price, "currency": "EUR"}} if price else {}
        return {"itemId": number, "title": "First Cut", "condition": condition, "seller": {"username": "jane"}, **cost}

    search, details = "/buy/browse/v1/item_summary/search", "/buy/browse/v1/item"
    first = {"total": 4, "next": f"{server.url}{search}?offset=200", "itemSummaries": [item("v1|1", "9.00", "New")]}
    rest = [item("v1|2", "11.50", "New"), item("v1|3", "4.00", "Used"), item("v1|4", None, "Used")]
    pages = [answer(first), answer({"total": 4, "itemSummaries": rest}), answer({"total": 0})]
    server.on(search, lambda asked: pages.pop(0))
    states = {"1": "OUT_OF_STOCK", "2": "IN_STOCK", "3": "LIMITED_STOCK"}
    for number, state in states.items():
        found = {"itemId": f"v1|{number}", "estimatedAvailabilities": [{"estimatedAvailabilityStatus": state}]}
        server.on(f"{details}/v1%7C{number}", answer(found))
        server.on(f"{details}/v1|{number}", answer(found))
    assert outside.fetch()["ebay"].faults == []
    assert prices(outside) == [("ebay", "11.50", "EUR", "new", "in_stock"), ("ebay", "4.00", "EUR", "used", "in_stock")]
    assert figures(outside) == {"offers": 4}
    assert server.asked[1].headers["x-ebay-c-marketplace-id"] == "EBAY_DE"
    assert b"jane" not in b"".join(file.read_bytes() for file in outside.files())
    outside.now = outside.now.replace(hour=13)
    assert outside.fetch()["ebay"].faults == []
    assert [one[4] for one in prices(outside)[2:]] == ["out_of_stock", "out_of_stock"]
    assert figures(outside) == {"offers": 0}


def test_walmart_tells_price_buy_box_and_stock(outside: Outside, server: WebServer) -> None:
    listings = [{"release": "R1", "upc": "400638133393", "sku": "LP-1"}, {"release": "R2", "upc": "400638133394"}]
    keys = {"client_id": "app", "client_secret": "${APP_SECRET}", "url": server.url}
    outside.configure({"name": "walmart", "type": "walmart", **keys, "listings": listings})
    server.on("/v3/token", token("eyJ-walmart", 900))

    def search(asked: Asked) -> Answer:
        ours = {"itemId": "5", "isMarketPlaceItem": True, "price": {"amount": 19.97, "currency": "USD"}}
        return answer({"items": [ours, {"itemId": "6"}]} if asked.query["upc"] == "400638133393" else {"items": []})

    server.on("/v3/items/walmart/search", search)
    insight = {"sku": "LP-1", "itemId": "5", "buyBoxBasePrice": 19.5, "buyBoxWinRate": 40}

    def insights(asked: Asked) -> Answer:
        listed = [insight] if json.loads(asked.body)["pageNumber"] == 0 else []
        return answer({"data": {"pricingInsightsResponseList": listed}})

    server.on("/v3/price/getPricingInsights", insights)
    server.on("/v3/inventory", answer({"sku": "LP-1", "quantity": {"unit": "EACH", "amount": 12}}))
    assert outside.fetch()["walmart"].faults == []
    assert prices(outside) == [("walmart:marketplace", "19.97", "USD", "new", "in_stock")]
    about = {(one["entity_id"], one["kind"]): one["value"] for one in outside.events()}
    assert about[("R2", "offers")] == 0
    assert [about[("R1", kind)] for kind in ("buy_box_price", "buy_box_won", "marketplace_stock")] == ["19.5", "40", 12]
    headers = server.asked_for("/v3/inventory")[0].headers
    assert (headers["wm_sec.access_token"], headers["wm_svc.name"]) == ("eyJ-walmart", "Walmart Marketplace")
    assert headers["wm_qos.correlation_id"]
