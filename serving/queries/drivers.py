"""Why net revenue changed between two periods: price, volume, mix, returns, new releases. They add up to the change.

Sales are lines that are no returns. A release is new when nothing of it was sold before the later period began. For the
others, with units q and revenue r of each release in the earlier (0) and the later (1) period:

- volume: (sum q1 - sum q0) times the mean price of the earlier period;
- price: sum of q1 times (r1/q1 - r0/q0) over releases that sold in both periods;
- mix: what is left of the change of their revenue: dearer or cheaper releases were sold than before.

All sums are of decimals: the same question has the same answer to the last digit, whatever order threads add in.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from serving.queries.reader import Reader

DRIVERS = ("price", "volume", "mix", "returns", "new releases")
_SQL = """
with lines as (
  select release_id, order_date, is_return, quantity as units, house_revenue as revenue
  from gold.fct_order_line where is_product and release_id is not null and {condition}
),
firsts as (select release_id, min(order_date) as first_day from lines where not is_return group by all),
by_release as (
  select l.release_id, coalesce(any_value(f.first_day) >= $since, false) as is_new,
    coalesce(sum(l.units) filter (not is_return and order_date between $before_since and $before_until), 0) as q0,
    coalesce(sum(l.units) filter (not is_return and order_date between $since and $until), 0) as q1,
    coalesce(sum(l.revenue) filter (not is_return and order_date between $before_since and $before_until), 0) as r0,
    coalesce(sum(l.revenue) filter (not is_return and order_date between $since and $until), 0) as r1,
    coalesce(sum(l.revenue) filter (is_return and order_date between $before_since and $before_until), 0) as b0,
    coalesce(sum(l.revenue) filter (is_return and order_date between $since and $until), 0) as b1
  from lines l left join firsts f using (release_id) group by l.release_id
)
select coalesce(sum(r0 + b0), 0)::double as before, coalesce(sum(r1 + b1), 0)::double as after,
  coalesce(sum(b1 - b0), 0)::double as returns,
  coalesce(sum(r1) filter (is_new), 0)::double as new_releases,
  coalesce(sum(q0) filter (not is_new), 0)::double as q0, coalesce(sum(q1) filter (not is_new), 0)::double as q1,
  coalesce(sum(r0) filter (not is_new), 0)::double as r0, coalesce(sum(r1) filter (not is_new), 0)::double as r1,
  coalesce(sum((r1::double - q1::double * r0::double / nullif(q0, 0))::decimal(28, 6))
    filter (not is_new and q0 > 0 and q1 > 0), 0)::double as price
from by_release
"""


@dataclass(frozen=True)
class RevenueChange:
    """Net revenue of two periods in the house currency, and what the drivers add to or take from the difference."""

    before: float
    after: float
    drivers: dict[str, float]

    @property
    def change(self) -> float:
        """The later revenue less the earlier."""
        return self.after - self.before


def revenue_change(
    reader: Reader,
    since: dt.date,
    until: dt.date,
    before_since: dt.date,
    before_until: dt.date,
    *,
    condition: str = "true",
    parameters: Mapping[str, str] | None = None,
) -> RevenueChange:
    """The change of net revenue from the earlier to the later period, both with their last day.

    Args:
        reader: whose state.
        since: first day of the later period.
        until: its last day.
        before_since: first day of the earlier period.
        before_until: its last day.
        condition: SQL over the columns of order lines that keeps some releases; never a text that a user typed.
        parameters: of the condition.
    """
    days = {"since": since, "until": until, "before_since": before_since, "before_until": before_until}
    row = reader.one(_SQL.format(condition=condition), {**days, **(parameters or {})})
    mean_price = row["r0"] / row["q0"] if row["q0"] else 0.0
    volume = (row["q1"] - row["q0"]) * mean_price
    mix = row["r1"] - row["r0"] - volume - row["price"]
    parts = (row["price"], volume, mix, row["returns"], row["new_releases"])
    return RevenueChange(row["before"], row["after"], dict(zip(DRIVERS, parts, strict=True)))
