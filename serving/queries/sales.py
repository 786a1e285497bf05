"""Sales over time: by day, by month, of everything or of one release or buyer."""

import datetime as dt

from serving.queries.reader import Reader
from serving.queries.records import SalesDay


def sales_by_day(reader: Reader, release_id: str, days: int = 180) -> list[SalesDay]:
    """The days on which a release sold, the last `days` before the newest day of the lake."""
    return sales_of_releases(reader, [release_id], days).get(release_id, [])


def sales_of_releases(reader: Reader, releases: list[str], days: int) -> dict[str, list[SalesDay]]:
    """The days on which each of the releases sold, by release; asked once for all of them."""
    if reader.last_day is None:
        return {}
    rows = reader.rows(
        "select release_id, sales_date as day, net_units, gross_units, net_revenue from gold.fct_sales_day "
        "where list_contains($releases, release_id) and sales_date > $since order by day",
        {"releases": releases, "since": reader.last_day - dt.timedelta(days=days)},
    )
    found: dict[str, list[SalesDay]] = {}
    for row in rows:
        found.setdefault(row.pop("release_id"), []).append(SalesDay(**row))
    return found


def sales_by_month(reader: Reader, *, release_id: str | None = None, buyer_id: str | None = None) -> list[SalesDay]:
    """Net and gross units and house revenue per month, by order lines of products."""
    if not reader.has("gold.fct_order_line"):
        return []
    rows = reader.rows(
        "select order_month as day, sum(quantity)::bigint as net_units, "
        "coalesce(sum(quantity) filter (not is_return), 0)::bigint as gross_units, "
        "coalesce(sum(house_revenue), 0) as net_revenue "
        "from gold.fct_order_line where is_product and ($release::varchar is null or release_id = $release) "
        "and ($buyer::varchar is null or buyer_id = $buyer) group by all order by day",
        {"release": release_id, "buyer": buyer_id},
    )
    return [
        SalesDay(**{**row, "gross_units": row["gross_units"] or 0, "net_revenue": row["net_revenue"] or 0})
        for row in rows
    ]
