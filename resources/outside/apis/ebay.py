"""eBay's Browse API: the lowest price of a release by condition, how many offers there are, and what is sold out.

Documented at developer.ebay.com/api-docs/buy/browse: an application token by client credentials (`POST /identity/v1/
oauth2/token`, HTTP Basic, with a scope); `GET /buy/browse/v1/item_summary/search?gtin=…` answers `total`, `next` (an
address) and `itemSummaries` (left out where there is none); `GET /buy/browse/v1/item/{id}` answers
`estimatedAvailabilities`, whose status is IN_STOCK, LIMITED_STOCK or OUT_OF_STOCK. `X-EBAY-C-MARKETPLACE-ID` says which
site is meant. Who sells is often a person, and is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from resources.outside.apis.client import Api, ApiSource
from resources.outside.apis.login import Login
from resources.outside.apis.offers import Offer, offer_events
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import figures
from resources.outside.source import Family, Fetched, Visit, revealed

SCOPE = "https://api.ebay.com/oauth/api_scope"
LOOKED_AT = 3
SELLERS = ("seller", "itemLocation")


class Money(Shape):
    """An amount of eBay, as text."""

    value: Decimal = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Item(Shape):
    """An offer with a fixed price; auctions have a bid in place of it."""

    number: str = Field(alias="itemId", min_length=1)
    price: Money | None = None
    condition: str | None = None


class Items(Shape):
    """A page of offers."""

    total: int = Field(ge=0)
    next: str | None = None
    items: list[Item] = Field(default_factory=list, alias="itemSummaries")


class Availability(Shape):
    """Whether an offer can be had."""

    status: str | None = Field(None, alias="estimatedAvailabilityStatus")


class Details(Shape):
    """One offer in full."""

    availabilities: list[Availability] = Field(default_factory=list, alias="estimatedAvailabilities")


class EbayItem(BaseModel):
    """One of our releases."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    release: str = Field(min_length=1, description="release_id")
    gtin: str = Field(pattern=r"^[0-9]{8,14}$")


class Ebay(ApiSource):
    """What our releases are offered for on eBay."""

    family: ClassVar[Family] = "marketplaces"
    type: Literal["ebay"]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(description="as ${NAME} of the environment")
    marketplace: str = Field("EBAY_US", pattern=r"^EBAY_[A-Z]{2}$")
    listings: Sequence[EbayItem] = Field(min_length=1)
    url: str = "https://api.ebay.com"

    def login(self) -> Login:
        """Client credentials with the public scope."""
        form = {"grant_type": "client_credentials", "scope": SCOPE}
        pair = (self.client_id, revealed(self.client_secret))
        return Login(f"{self.url}/identity/v1/oauth2/token", form, basic=pair)

    def headers(self) -> Mapping[str, str]:
        """Which site is meant."""
        return {"X-EBAY-C-MARKETPLACE-ID": self.marketplace}

    def items(self) -> Sequence[str]:
        """The releases."""
        return [f"{one.release} {one.gtin}" for one in self.listings]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """The lowest price by condition, and how many offers there are, where they have changed."""
        listing = next(one for one in self.listings if item == f"{one.release} {one.gtin}")
        api, key = self.api(visit), f"ebay:{self.marketplace}:{item}"
        pages = api.pages(
            f"{self.url}/buy/browse/v1/item_summary/search",
            Items,
            lambda page: page.next,
            {"gtin": listing.gtin, "limit": 200, "filter": "buyingOptions:{FIXED_PRICE}"},
        )
        total, found = 0, list[Item]()
        for page in pages:
            total, found = page.total, [*found, *page.items]
        offers = list(self._cheapest(api, found))
        region = self.marketplace.removeprefix("EBAY_")
        events, standings = offer_events(key, listing.release, offers, visit, region)
        values = {"offers": (total, "offers")}
        counted, marks = figures("ebay", key, ("release", listing.release), values, visit, region=region)
        return Fetched([*events, *counted], {**standings, **marks})

    def _cheapest(self, api: Api, found: Sequence[Item]) -> Iterator[Offer]:
        """Of each condition and currency the cheapest up to one that can be had, of three at most."""
        named: dict[tuple[str, str], list[tuple[Money, Item]]] = {}
        for one in found:
            if one.price is not None:
                named.setdefault((one.condition or "", one.price.currency), []).append((one.price, one))
        for (condition, currency), priced in named.items():
            for price, one in sorted(priced, key=lambda pair: (pair[0].value, pair[1].number))[:LOOKED_AT]:
                details = api.get(f"{self.url}/buy/browse/v1/item/{one.number}", Details)
                is_there = all(state.status != "OUT_OF_STOCK" for state in details.availabilities)
                yield Offer(
                    "ebay", price.value, currency, condition.lower() or None, is_there, "lowest", one.raw(SELLERS)
                )
                if is_there:
                    break
