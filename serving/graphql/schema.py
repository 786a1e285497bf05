"""The GraphQL schema: releases, forecasts, stock, buyers, of one published state."""

from typing import Annotated, Any

import strawberry
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter
from strawberry.types import Info

from serving.graphql.context import context_of
from serving.graphql.subscriptions import Subscription
from serving.queries import records
from serving.queries.buyers import find_buyers
from serving.queries.catalogue import Filters, find_releases
from serving.queries.projection import projection
from serving.queries.stock import stock_rows

DEEPEST, MOST_ALIASES, MOST_TOKENS, MOST_ROWS = 8, 15, 1000, 200


def _as(kind: Any, record: Any) -> Any:
    """A record as its GraphQL type."""
    return kind.from_pydantic(record)


@strawberry.experimental.pydantic.type(model=records.Range, all_fields=True)
class Range:
    """A forecast quantity."""


@strawberry.experimental.pydantic.type(model=records.HorizonForecast, all_fields=True)
class HorizonForecast:
    """What sells over one horizon."""


@strawberry.experimental.pydantic.type(model=records.Reason, all_fields=True)
class Reason:
    """One reason of a forecast."""


@strawberry.experimental.pydantic.type(model=records.RecommendedBuyer, all_fields=True)
class RecommendedBuyer:
    """A buyer to offer a release to."""


@strawberry.experimental.pydantic.type(model=records.Forecast, all_fields=True)
class Forecast:
    """The newest forecast of a release."""


@strawberry.experimental.pydantic.type(model=records.StockRow, all_fields=True)
class Stock:
    """Stock of one release and how long it lasts."""


@strawberry.experimental.pydantic.type(model=records.SalesDay, all_fields=True)
class SalesDay:
    """Units and revenue of one day."""


@strawberry.experimental.pydantic.type(model=records.BuyerRow, all_fields=True)
class Buyer:
    """One buyer; below a release, with the figures of that release."""


@strawberry.experimental.pydantic.type(model=records.ReleaseRow, all_fields=True)
class Release:
    """One release of the catalogue."""

    @strawberry.field
    def forecast(self, info: Info) -> Forecast | None:
        """The newest forecast."""
        found = projection(context_of(info).reader).forecasts.get(self.release_id)  # type: ignore[attr-defined]
        return _as(Forecast, found) if found else None

    @strawberry.field
    def stock(self, info: Info) -> Stock | None:
        """Its stock."""
        found = projection(context_of(info).reader).stock.get(self.release_id)  # type: ignore[attr-defined]
        return _as(Stock, found) if found else None

    @strawberry.field
    async def sales(self, info: Info) -> list[SalesDay]:
        """The days of the last half year on which it sold."""
        found = await context_of(info).loaders.sales.load(self.release_id)  # type: ignore[attr-defined]
        return [_as(SalesDay, one) for one in found]

    @strawberry.field
    async def buyers(self, info: Info) -> list[Buyer]:
        """Who bought it, those with most units first."""
        found = await context_of(info).loaders.buyers.load(self.release_id)  # type: ignore[attr-defined]
        return [_as(Buyer, one) for one in found]


First = Annotated[int, strawberry.argument(description=f"at most so many, up to {MOST_ROWS}")]


def _within(first: int) -> int:
    if not 1 <= first <= MOST_ROWS:
        raise ValueError(f"first: give 1 to {MOST_ROWS}")
    return first


@strawberry.type
class Query:
    """Everything that can be asked."""

    @strawberry.field
    def published_state(self, info: Info) -> int:
        """The number of the published state that the whole answer comes from."""
        return context_of(info).reader.state.number

    @strawberry.field
    def release(self, info: Info, release_id: str) -> Release | None:
        """One release; null for one that does not exist or is not yours to see."""
        found = projection(context_of(info).reader).releases.get(release_id)
        return _as(Release, found) if found else None

    @strawberry.field
    def releases(
        self,
        info: Info,
        words: str = "",
        label_id: str | None = None,
        genre: str | None = None,
        first: First = 50,
    ) -> list[Release]:
        """Releases that match, the largest forecast first."""
        filters = Filters(words[:200], label_id, None, genre)
        page = find_releases(context_of(info).reader, filters, sort="-units", limit=_within(first))
        return [_as(Release, one) for one in page.releases]

    @strawberry.field
    def buyers(self, info: Info, words: str = "", first: First = 50) -> list[Buyer]:
        """Buyers that match, those with most revenue first."""
        found = find_buyers(context_of(info).reader, words=words[:100], limit=_within(first))
        return [_as(Buyer, one) for one in found]

    @strawberry.field
    def stock(self, info: Info, risk: str | None = None, first: First = 50) -> list[Stock]:
        """Stock, the shortest cover first."""
        found = stock_rows(context_of(info).reader, risk=risk, limit=_within(first))
        return [_as(Stock, one) for one in found]


def build_schema() -> strawberry.Schema:
    """The schema with its limits on depth, aliases and tokens."""
    return strawberry.Schema(
        Query,
        subscription=Subscription,
        extensions=[
            lambda: QueryDepthLimiter(max_depth=DEEPEST),
            lambda: MaxAliasesLimiter(max_alias_count=MOST_ALIASES),
            lambda: MaxTokensLimiter(max_token_count=MOST_TOKENS),
        ],
    )
