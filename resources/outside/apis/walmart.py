"""Walmart's Marketplace API: what a release costs there, the buy box of our listings, and our stock.

Documented at developer.walmart.com: a token of 15 minutes by client credentials (`POST /v3/token`, HTTP Basic), sent
as `WM_SEC.ACCESS_TOKEN`, with `WM_SVC.NAME` and `WM_QOS.CORRELATION_ID` in each request. `GET /v3/items/walmart/search`
answers `items[]` with `price.amount` and `price.currency`; `POST /v3/price/getPricingInsights` answers pages of
`data.pricingInsightsResponseList[]` with `sku`, `buyBoxBasePrice` and `buyBoxWinRate`; `GET /v3/inventory` answers
`quantity.amount`. None of them states fees or ranks.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from resources.outside.apis.client import Api, ApiSource
from resources.outside.apis.login import Login
from resources.outside.apis.offers import Money, Offer, offer_events
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import figures
from resources.outside.source import Family, Fetched, Visit, revealed

PAGES_OF_INSIGHTS = 40


class Item(Shape):
    """An item of the catalogue and its price, left out where it cannot be had."""

    number: str = Field(alias="itemId", min_length=1)
    price: Money | None = None
    is_of_others: bool = Field(False, alias="isMarketPlaceItem")


class Items(Shape):
    """Answer of the search."""

    items: list[Item]


class Insight(Shape):
    """How one of our listings stands against the buy box."""

    sku: str
    price: Decimal | None = Field(None, alias="buyBoxBasePrice", ge=0)
    win_rate: Decimal | None = Field(None, alias="buyBoxWinRate", ge=0)


class Insights(Shape):
    """A page of them."""

    listed: list[Insight] = Field(alias="pricingInsightsResponseList")


class InsightsAnswer(Shape):
    """The page in its wrapper."""

    data: Insights


class Quantity(Shape):
    """Units."""

    amount: int = Field(ge=0)


class Inventory(Shape):
    """Our stock of a listing."""

    quantity: Quantity


class WalmartItem(BaseModel):
    """One of our releases."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    release: str = Field(min_length=1, description="release_id")
    upc: str = Field(pattern=r"^[0-9]{12,14}$")
    sku: str | None = Field(None, description="our number there, for buy box and stock")


class Walmart(ApiSource):
    """What our releases cost at Walmart."""

    family: ClassVar[Family] = "marketplaces"
    private_headers: ClassVar[Sequence[str]] = ("WM_SEC.ACCESS_TOKEN",)
    type: Literal["walmart"]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(description="as ${NAME} of the environment")
    listings: Sequence[WalmartItem] = Field(min_length=1)
    region: str = Field("US", pattern=r"^[A-Z]{2}$")
    url: str = "https://marketplace.walmartapis.com"

    def login(self) -> Login:
        """Client credentials; the token goes into a header of its own."""
        pair = (self.client_id, revealed(self.client_secret))
        form = {"grant_type": "client_credentials"}
        return Login(f"{self.url}/v3/token", form, pair, "WM_SEC.ACCESS_TOKEN", "", more=self.headers())

    def headers(self) -> Mapping[str, str]:
        """What each request states."""
        named = {"WM_SVC.NAME": "Walmart Marketplace", "WM_QOS.CORRELATION_ID": str(uuid.uuid4())}
        return {**named, "Accept": "application/json"}

    def items(self) -> Sequence[str]:
        """The releases."""
        return [f"{one.release} {one.upc}" for one in self.listings]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """A release's price, buy box and stock, where they have changed."""
        listing = next(one for one in self.listings if item == f"{one.release} {one.upc}")
        api, key = self.api(visit), f"walmart:{item}"
        found = api.get(f"{self.url}/v3/items/walmart/search", Items, {"upc": listing.upc}).items
        offers = [
            Offer(
                "walmart:marketplace" if one.is_of_others else "walmart",
                one.price.amount,
                one.price.currency,
                "new",
                raw=one.raw(),
            )
            for one in found
            if one.price is not None
        ]
        events, standings = offer_events(key, listing.release, offers, visit, self.region)
        values: dict[str, tuple[Decimal | int | None, str]] = {"offers": (len(offers), "offers")}
        if listing.sku:
            insight = self._insights(api, visit).get(listing.sku)
            stock = api.get(f"{self.url}/v3/inventory", Inventory, {"sku": listing.sku}).quantity.amount
            values |= {
                "buy_box_price": (insight.price if insight else None, "USD"),
                "buy_box_won": (insight.win_rate if insight else None, "percent"),
                "marketplace_stock": (stock, "units"),
            }
        more, marks = figures("walmart", key, ("release", listing.release), values, visit, region=self.region)
        return Fetched([*events, *more], {**standings, **marks})

    def _insights(self, api: Api, visit: Visit) -> dict[str, Insight]:
        """How our listings stand, asked for once in a fetch."""
        if "insights" not in visit.memory:
            found: dict[str, Insight] = {}
            for number in range(PAGES_OF_INSIGHTS):
                body = {"pageNumber": number, "sort": {"sortField": "TRAFFIC", "sortOrder": "DESC"}}
                page = api.post(f"{self.url}/v3/price/getPricingInsights", InsightsAnswer, body).data.listed
                new = {one.sku: one for one in page if one.sku not in found}
                if not new:
                    break
                found |= new
            visit.memory["insights"] = found
        insights: dict[str, Insight] = visit.memory["insights"]
        return insights
