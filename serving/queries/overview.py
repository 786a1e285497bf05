"""Key figures of the house: the last seven days beside a week and a year before, the trend, what to act on."""

import datetime as dt
from decimal import Decimal

from serving.queries.reader import Reader, Row
from serving.queries.records import Record

WEEK = 7
YEAR = 364  # so that the same weekdays are compared


class KeyFigure(Record):
    """One figure of the last seven days, the seven before, and the same seven a year before."""

    name: str
    value: Decimal | float | int | None
    week_before: Decimal | float | int | None
    year_before: Decimal | float | int | None
    is_money: bool = False
    is_share: bool = False

    def change(self, before: Decimal | float | int | None) -> float | None:
        """The change against an earlier value, as a share of it; None where there is none to compare."""
        if self.value is None or not before:
            return None
        return float(self.value) / float(before) - 1


class Week(Record):
    """Revenue and units of one week, by its Monday."""

    week: dt.date
    net_revenue: Decimal
    net_units: int


_SUMS = """
select coalesce(sum(house_revenue), 0) as revenue, coalesce(sum(quantity), 0)::bigint as units,
  count(distinct order_id) filter (not is_return) as orders, count(distinct buyer_id) as buyers,
  coalesce(-sum(quantity) filter (is_return), 0) / nullif(sum(quantity) filter (not is_return), 0) as returned
from gold.fct_order_line where is_product and order_date > $until - 7 and order_date <= $until
"""


def key_figures(reader: Reader) -> list[KeyFigure]:
    """Revenue, units, orders, buyers and the share of returned units."""
    last = reader.last_day
    if last is None or not reader.has("gold.fct_order_line"):
        return []
    sums = [reader.one(_SUMS, {"until": last - dt.timedelta(days=back)}) for back in (0, WEEK, YEAR)]
    kinds = {"revenue": {"is_money": True}, "units": {}, "orders": {}, "buyers": {}, "returned": {"is_share": True}}
    return [
        KeyFigure(name=name, value=sums[0][name], week_before=sums[1][name], year_before=sums[2][name], **kind)
        for name, kind in kinds.items()
    ]


def weeks(reader: Reader, count: int = 104) -> list[Week]:
    """Whole weeks, oldest first, the last one being the newest that has ended."""
    if reader.last_day is None or not reader.has("gold.fct_order_line"):
        return []
    rows = reader.rows(
        "select date_trunc('week', order_date)::date as week, coalesce(sum(house_revenue), 0) as net_revenue, "
        "sum(quantity)::bigint as net_units from gold.fct_order_line where is_product "
        "and order_date < date_trunc('week', $last + 1) group by all order by week desc limit $most",
        {"last": reader.last_day, "most": count},
    )
    return [Week(**row) for row in reversed(rows)]


def rising(reader: Reader, limit: int = 8) -> list[Row]:
    """Releases whose 30-day forecast rose most since the forecast before."""
    if not reader.has("gold.mart_plan", "gold.dim_release"):
        return []
    return reader.rows(
        "select p.release_id, r.title, r.artist_name, p.previous_p50, p.units_p50, p.change_units, p.change_why "
        "from gold.mart_plan p join gold.dim_release r using (release_id) "
        "where p.origin = (select max(origin) from gold.mart_plan) and p.horizon_days = 30 and p.change_units >= 0.5 "
        "order by p.change_units desc, p.release_id limit $most",
        {"most": limit},
    )


def to_order(reader: Reader, limit: int = 8) -> list[Row]:
    """Releases whose stock most likely runs out within 30 days, with the quantity to order."""
    if not reader.has("gold.mart_plan", "gold.dim_release"):
        return []
    return reader.rows(
        "select p.release_id, r.title, r.artist_name, p.available, p.incoming, p.chance_above_stock, p.plan_units, "
        "p.service_order from gold.mart_plan p join gold.dim_release r using (release_id) "
        "where p.origin = (select max(origin) from gold.mart_plan) and p.horizon_days = 30 and p.service_order > 0 "
        "and p.chance_above_stock > 0.25 "
        "order by p.chance_above_stock * greatest(p.plan_units - p.available - coalesce(p.incoming, 0), 0) desc, "
        "p.release_id limit $most",
        {"most": limit},
    )
