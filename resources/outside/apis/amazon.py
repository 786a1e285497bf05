"""Amazon's Selling Partner API: offers, buy box, sales rank, fees, and our stock in Amazon's warehouses.

Documented at developer-docs.amazon.com/sp-api: a token from Login with Amazon by a refresh token (`POST api.amazon.com/
auth/o2/token`), sent as `x-amz-access-token`; `GET /products/pricing/v0/items/{asin}/offers` answers `payload` with
`status`, `Summary` (`TotalOfferCount`, `BuyBoxPrices`, `SalesRankings`) and up to 20 `Offers`; `POST /products/fees/v0/
items/{asin}/feesEstimate`; `GET /fba/inventory/v1/summaries` in pages of `pagination.nextToken`. `x-amzn-RateLimit-
Limit` states the requests that are allowed a second; 429 comes without `Retry-After`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lake.journals.standings import Standing
from resources.outside.apis.client import Api, ApiSource, Quota
from resources.outside.apis.login import Login
from resources.outside.apis.offers import Offer, offer_events
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import figures
from resources.outside.source import Event, Family, Fetched, FormatError, Visit, revealed
from resources.web.policy import Policy

NONE_THERE = ("NoBuyableOffers", "NoOffersAvailable")


class Money(Shape):
    """An amount of the Selling Partner API."""

    amount: Decimal = Field(alias="Amount", ge=0)
    currency: str = Field(alias="CurrencyCode", pattern=r"^[A-Z]{3}$")


class Listed(Shape):
    """An offer; where it ships later, there is no stock now."""

    seller: str = Field(alias="SellerId", min_length=1)
    condition: str = Field(alias="SubCondition")
    price: Money = Field(alias="ListingPrice")
    is_winner: bool = Field(False, alias="IsBuyBoxWinner")
    shipping_time: dict[str, Any] = Field(default_factory=dict, alias="ShippingTime")


class BuyBox(Shape):
    """The price of the featured offer."""

    condition: str
    price: Money = Field(alias="ListingPrice")


class Rank(Shape):
    """A place among a category's sales."""

    category: str = Field(alias="ProductCategoryId")
    rank: int = Field(alias="Rank", ge=1)


class Summary(Shape):
    """What holds of all offers."""

    count: int = Field(alias="TotalOfferCount", ge=0)
    buy_box: list[BuyBox] = Field(default_factory=list, alias="BuyBoxPrices")
    ranks: list[Rank] = Field(default_factory=list, alias="SalesRankings")


class ItemOffers(Shape):
    """The offers of an item."""

    status: str
    summary: Summary = Field(alias="Summary")
    offers: list[Listed] = Field(alias="Offers")


class OffersAnswer(Shape):
    """Answer of `getItemOffers`."""

    payload: ItemOffers


class FeesEstimate(Shape):
    """What Amazon would keep of a sale."""

    total: Money = Field(alias="TotalFeesEstimate")


class FeesResult(Shape):
    """An estimate, or why there is none."""

    status: str = Field(alias="Status")
    estimate: FeesEstimate | None = Field(None, alias="FeesEstimate")


class FeesPayload(Shape):
    """The result in its wrapper."""

    result: FeesResult = Field(alias="FeesEstimateResult")


class FeesAnswer(Shape):
    """Answer of `getMyFeesEstimateForASIN`."""

    payload: FeesPayload


class StockSummary(Shape):
    """Units of one of our numbers in Amazon's warehouses."""

    sku: str = Field(alias="sellerSku")
    units: int = Field(alias="totalQuantity", ge=0)


class StockPayload(Shape):
    """A page of summaries."""

    summaries: list[StockSummary] = Field(alias="inventorySummaries")


class Pagination(Shape):
    """How a page leads on."""

    next_token: str | None = Field(None, alias="nextToken")


class StockAnswer(Shape):
    """Answer of `getInventorySummaries`."""

    payload: StockPayload
    pagination: Pagination = Field(default_factory=Pagination)


class AmazonItem(BaseModel):
    """One of our releases on Amazon."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    release: str = Field(min_length=1, description="release_id")
    asin: str = Field(pattern=r"^[A-Z0-9]{10}$")
    sku: str | None = Field(None, description="our number there, for stock in Amazon's warehouses")


class Amazon(ApiSource):
    """What our releases are offered for on Amazon, by whom, and what a sale there costs."""

    family: ClassVar[Family] = "marketplaces"
    policy: ClassVar[Policy] = Policy(interval_s=2.0, longest_pause_s=60.0)
    quota: ClassVar[Quota] = Quota(per_second="x-amzn-RateLimit-Limit")
    private_headers: ClassVar[Sequence[str]] = ("x-amz-access-token",)
    type: Literal["amazon"]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(description="as ${NAME} of the environment")
    refresh_token: SecretStr = Field(description="of the seller's authorisation, as ${NAME} of the environment")
    marketplace: str = Field(pattern=r"^[A-Z0-9]{10,16}$", description="marketplace id, A1PA6795UKMFR9 for Germany")
    region: str | None = Field(None, pattern=r"^[A-Z]{2}$", description="country of the marketplace")
    seller: str | None = Field(None, description="our seller id: whether the buy box is ours; our offers are left out")
    condition: Literal["New", "Used", "Collectible"] = "New"
    listings: Sequence[AmazonItem] = Field(min_length=1)
    fees: bool = Field(True, description="whether fees are estimated at the price of the buy box")
    url: str = "https://sellingpartnerapi-eu.amazon.com"
    token_url: str = "https://api.amazon.com/auth/o2/token"

    def login(self) -> Login:
        """Login with Amazon, by the refresh token."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": revealed(self.refresh_token),
            "client_id": self.client_id,
            "client_secret": revealed(self.client_secret),
        }
        return Login(self.token_url, form, header="x-amz-access-token", prefix="")

    def items(self) -> Sequence[str]:
        """The releases."""
        return [f"{one.release} {one.asin}" for one in self.listings]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """A release's offers, buy box, rank, fees and stock, as far as they have changed."""
        listing = next(one for one in self.listings if item == f"{one.release} {one.asin}")
        api, key = self.api(visit), f"amazon:{self.marketplace}:{item}"
        params = {"MarketplaceId": self.marketplace, "ItemCondition": self.condition}
        found = api.get(f"{self.url}/products/pricing/v0/items/{listing.asin}/offers", OffersAnswer, params).payload
        if found.status != "Success" and found.status not in NONE_THERE:
            raise FormatError(f"the offers of {listing.asin} come with the status {found.status!r}")
        others = [self._offer(one) for one in found.offers if one.seller != self.seller]
        is_all = found.summary.count <= len(found.offers)
        events, standings = offer_events(key, listing.release, others, visit, self.region, is_all=is_all)
        more, marks = self._figures(api, key, listing, found, visit)
        return Fetched([*events, *more], {**standings, **marks})

    def _offer(self, listed: Listed) -> Offer:
        is_there = listed.shipping_time.get("availabilityType", "NOW") == "NOW"
        condition, price = listed.condition.lower(), listed.price
        return Offer(f"amazon:{listed.seller}", price.amount, price.currency, condition, is_there, raw=listed.raw())

    def _figures(
        self, api: Api, key: str, listing: AmazonItem, found: ItemOffers, visit: Visit
    ) -> tuple[list[Event], dict[str, Standing]]:
        """Figures that are not a price of somebody."""
        summary, about = found.summary, ("release", listing.release)
        box = next((one.price for one in summary.buy_box if one.condition.lower() == self.condition.lower()), None)
        won = any(one.is_winner and one.seller == self.seller for one in found.offers)
        rank = min(summary.ranks, key=lambda one: one.rank, default=None)
        values: dict[str, tuple[Decimal | int | None, str]] = {
            "offers": (summary.count, "offers"),
            "buy_box_price": (box.amount if box else None, box.currency if box else ""),
            "buy_box_won": (int(won) if self.seller and box else None, "share"),
            "sales_rank": (rank.rank if rank else None, f"place in {rank.category}" if rank else ""),
            "marketplace_stock": (self._stock(api, listing), "units"),
        }
        if box and self.fees:
            fee = self._fee(api, listing, box)
            values["marketplace_fee"] = (fee.amount if fee else None, fee.currency if fee else "")
        raw = summary.raw()
        return figures("amazon", key, about, values, visit, region=self.region, raw=raw)

    def _fee(self, api: Api, listing: AmazonItem, price: Money) -> Money | None:
        asked = {
            "MarketplaceId": self.marketplace,
            "IsAmazonFulfilled": listing.sku is not None,
            "PriceToEstimateFees": {"ListingPrice": {"CurrencyCode": price.currency, "Amount": float(price.amount)}},
            "Identifier": listing.asin,
        }
        url = f"{self.url}/products/fees/v0/items/{listing.asin}/feesEstimate"
        result = api.post(url, FeesAnswer, {"FeesEstimateRequest": asked}).payload.result
        return result.estimate.total if result.estimate else None

    def _stock(self, api: Api, listing: AmazonItem) -> int | None:
        """Our units in Amazon's warehouses; None for a release that does not lie there."""
        if listing.sku is None:
            return None
        asked = {"granularityType": "Marketplace", "granularityId": self.marketplace, "sellerSkus": listing.sku}
        pages = api.pages(
            f"{self.url}/fba/inventory/v1/summaries",
            StockAnswer,
            lambda page: {"nextToken": page.pagination.next_token} if page.pagination.next_token else None,
            {**asked, "marketplaceIds": self.marketplace},
        )
        return sum(one.units for page in pages for one in page.payload.summaries if one.sku == listing.sku)
