"""Buyers, and stock."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from serving.api.access import Published
from serving.api.problems import refuse
from serving.queries.buyers import find_buyers, releases_for_buyer
from serving.queries.records import BuyerRow, SalesDay, StockRow
from serving.queries.sales import sales_by_month
from serving.queries.stock import stock_rows

router = APIRouter()


class BuyerDetail(BaseModel):
    """A buyer with its months, and releases to offer where recommendations are published."""

    buyer: BuyerRow
    months: list[SalesDay]
    offers: list[dict[str, Any]]


@router.get("/buyers", tags=["buyers"])
def list_buyers(
    published: Published,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[BuyerRow]:
    """Buyers, those with most revenue first."""
    return find_buyers(published, words=q, kind=kind, limit=limit)


@router.get("/buyers/{buyer_id}", tags=["buyers"])
def one_buyer(buyer_id: Annotated[str, Path(max_length=100)], published: Published) -> BuyerDetail:
    """One buyer."""
    found = find_buyers(published, buyer_id=buyer_id, limit=1)
    if not found:
        raise refuse(404, f"no buyer {buyer_id!r}")
    months = sales_by_month(published, buyer_id=buyer_id)
    return BuyerDetail(buyer=found[0], months=months, offers=releases_for_buyer(published, buyer_id))


@router.get("/stock", tags=["stock"])
def stock(
    published: Published,
    risk: Annotated[str | None, Query(max_length=20, examples=["High"])] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 100,
) -> list[StockRow]:
    """Stock per release, the shortest cover first."""
    return stock_rows(published, risk=risk, limit=limit)
