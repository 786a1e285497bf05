"""Read the facts of a weekly report from the published state.

What was known at the end of the week counts: the newest forecast and decisions made by then. Alerts are those that
opened by then and are still open.
"""

import datetime as dt
from typing import Any

from serving.copilot.plan import Period
from serving.queries.drivers import DRIVERS, revenue_change
from serving.queries.reader import Reader
from serving.reports.facts import Facts
from serving.reports.subject import Subject

WEEK, YEAR = dt.timedelta(days=7), dt.timedelta(days=364)  # so that the same weekdays are compared
TOP = 5
ACTIONS = 3
LINES = "gold.fct_order_line"
_SUMS = """
select coalesce(sum(house_revenue), 0) as revenue, coalesce(sum(quantity), 0)::bigint as units,
  count(distinct order_id) filter (not is_return) as orders, count(distinct buyer_id) as buyers,
  coalesce(-sum(quantity) filter (is_return), 0)::bigint as returned
from gold.fct_order_line where is_product and order_date between $since and $until and {of}
"""
_BY_RELEASE = """
select l.release_id, concat(r.title, ' (', l.release_id, ')') as title,
  coalesce(sum(l.quantity) filter (l.order_date >= $since), 0)::bigint as units,
  coalesce(sum(l.house_revenue) filter (l.order_date >= $since), 0) as revenue,
  coalesce(sum(l.house_revenue) filter (l.order_date >= $since), 0)
    - coalesce(sum(l.house_revenue) filter (l.order_date < $since), 0) as change
from gold.fct_order_line l left join gold.dim_release r using (release_id)
where l.is_product and l.release_id is not null and l.order_date between $since - 7 and $until and {of}
group by all
"""
_FORECAST = """
select count(*) as releases, sum(units_mean) as units, sum(revenue_mean) as revenue,
  count(*) filter (lower(risk_level) = 'high') as at_risk
from gold.forecasts where origin = $origin and horizon_days = 30 and {of}
"""
_MISSES = """
with made as (
  select release_id, coalesce(starts_on, origin + 1) as since, units_p50, units_p90 from gold.forecasts
  where origin = $origin and horizon_days = 30 and {of}
),
sold as (
  select m.*, coalesce(sum(l.quantity) filter (not l.is_return), 0)::bigint as actual
  from made m left join gold.fct_order_line l
    on l.release_id = m.release_id and l.is_product and l.order_date between m.since and m.since + 29
  group by all
)
select s.*, concat(r.title, ' (', s.release_id, ')') as title
from sold s left join gold.dim_release r using (release_id)
order by abs(actual - units_p50) desc, release_id
"""
_ALERTS = """
select a.release_id, concat(r.title, ' (', a.release_id, ')') as title, a.message, a.next_step, a.stake
from gold.alerts a left join gold.dim_release r using (release_id)
where a.state = 'open' and a.opened_on <= $until and {of} order by a.rank, a.alert_id
"""
_ORDERS = """
select d.release_id, concat(r.title, ' (', d.release_id, ')') as title, d.order_units as units, d.order_cost as cost
from gold.decisions d left join gold.dim_release r using (release_id)
where d.origin = (select max(origin) from gold.decisions where origin <= $until) and d.order_units > 0 and {of}
order by d.rank, d.release_id
"""


class WeekFigures:
    """Reads the facts of one subject and one week.

    Args:
        reader: whose state.
        subject: what the report is about.
        week: from Monday to Sunday.
    """

    def __init__(self, reader: Reader, subject: Subject, week: Period) -> None:
        self.reader, self.subject, self.week = reader, subject, week
        self.facts = Facts()

    def read(self) -> Facts:
        """All facts that the published tables give."""
        self._sold()
        self._by_release()
        self._drivers()
        self._forecast()
        self._misses()
        self._alerts()
        self._orders()
        return self.facts

    def _rows(self, sql: str, column: str = "release_id", **parameters: Any) -> list[dict[str, Any]]:
        given = {**parameters, **self.subject.parameters}
        return self.reader.rows(sql.format(of=self.subject.condition(column)), given)

    def _sold(self) -> None:
        money = self.reader.house_currency
        units = {"revenue": money, "units": "units", "orders": "orders", "buyers": "buyers", "returned": "units"}
        for suffix, back in (("", dt.timedelta()), ("_week_before", WEEK), ("_year_before", YEAR)):
            row = self._rows(_SUMS, since=self.week.since - back, until=self.week.until - back)[0]
            for name, unit in units.items():
                self.facts.add(f"{name}{suffix}", row[name], unit, LINES)
        for name in ("revenue", "units"):
            for suffix in ("week_before", "year_before"):
                before = self.facts.value(f"{name}_{suffix}")
                change = abs(self.facts.value(name) / before - 1) if before > 0 else None
                self.facts.add(f"{name}_change_{suffix}", change, "share", LINES)

    def _by_release(self) -> None:
        money = self.reader.house_currency
        rows = self._rows(_BY_RELEASE, "l.release_id", since=self.week.since, until=self.week.until)
        best = sorted((one for one in rows if one["units"] > 0), key=lambda one: (-one["units"], one["release_id"]))
        for place, row in enumerate(best[:TOP], 1):
            self.facts.add(f"best_{place}_title", row["title"], "text", "gold.dim_release")
            self.facts.add(f"best_{place}_units", row["units"], "units", LINES)
            self.facts.add(f"best_{place}_revenue", row["revenue"], money, LINES)
        moved = sorted(rows, key=lambda one: (one["change"], one["release_id"]))
        for name, row in (("fall", moved[0]), ("rise", moved[-1])) if moved else ():
            if (row["change"] < 0) == (name == "fall") and row["change"]:
                self.facts.add(f"{name}_title", row["title"], "text", "gold.dim_release")
                self.facts.add(f"{name}_revenue", abs(row["change"]), money, LINES)

    def _drivers(self) -> None:
        week, of = self.week, self.subject
        change = revenue_change(
            self.reader, week.since, week.until, week.since - WEEK, week.until - WEEK,
            condition=of.condition(), parameters=of.parameters,
        )  # fmt: skip
        money = self.reader.house_currency
        self.facts.add("revenue_change", change.change, money, LINES)
        for name in DRIVERS:
            self.facts.add(f"by_{name.replace(' ', '_')}", change.drivers[name], money, LINES)

    def _forecast(self) -> None:
        origin = self._newest_origin(self.week.until)
        if origin is None:
            return
        row = self._rows(_FORECAST, origin=origin)[0]
        self.facts.add("forecast_origin", origin, "text", "gold.forecasts")
        self.facts.add("forecast_releases", row["releases"], "releases", "gold.forecasts")
        self.facts.add("forecast_units", row["units"] or 0, "units", "gold.forecasts")
        self.facts.add("forecast_revenue", row["revenue"] or 0, self.reader.house_currency, "gold.forecasts")
        self.facts.add("forecast_at_risk", row["at_risk"], "releases", "gold.forecasts")

    def _newest_origin(self, until: dt.date) -> dt.date | None:
        if not self.reader.has("gold.forecasts"):
            return None
        found = self._rows(
            "select max(origin) as origin from gold.forecasts where origin <= $until and horizon_days = 30 and {of}",
            until=until,
        )
        origin = found[0]["origin"]
        assert origin is None or isinstance(origin, dt.date)
        return origin

    def _misses(self) -> None:
        origin = self._newest_origin(self.week.until - dt.timedelta(days=30))
        rows = self._rows(_MISSES, origin=origin) if origin else []
        if not rows:
            return
        source = "gold.forecasts"
        expected = sum(one["units_p50"] for one in rows)
        self.facts.add("missed_origin", origin, "text", source)
        self.facts.add("missed_releases", len(rows), "releases", source)
        self.facts.add("missed_expected", expected, "units", source)
        self.facts.add("missed_actual", sum(one["actual"] for one in rows), "units", LINES)
        self.facts.add("missed_above", sum(one["actual"] > one["units_p90"] for one in rows), "releases", source)
        self.facts.add("missed_title", rows[0]["title"], "text", "gold.dim_release")
        self.facts.add("missed_title_expected", rows[0]["units_p50"], "units", source)
        self.facts.add("missed_title_actual", rows[0]["actual"], "units", LINES)

    def _alerts(self) -> None:
        if not self.reader.has("gold.alerts"):
            return
        rows = self._rows(_ALERTS, "a.release_id", until=self.week.until)
        self.facts.add("open_alerts", len(rows), "", "gold.alerts")
        for place, row in enumerate(rows[:ACTIONS], 1):
            self.facts.add(f"alert_{place}_title", row["title"], "text", "gold.dim_release")
            self.facts.add(f"alert_{place}_message", row["message"], "text", "gold.alerts")
            self.facts.add(f"alert_{place}_next_step", row["next_step"], "text", "gold.alerts")

    def _orders(self) -> None:
        if not self.reader.has("gold.decisions"):
            return
        rows = self._rows(_ORDERS, "d.release_id", until=self.week.until)
        self.facts.add("orders_to_place", len(rows), "releases", "gold.decisions")
        self.facts.add(
            "order_cost", sum(one["cost"] or 0 for one in rows), self.reader.house_currency, "gold.decisions"
        )
        for place, row in enumerate(rows[:ACTIONS], 1):
            self.facts.add(f"order_{place}_title", row["title"], "text", "gold.dim_release")
            self.facts.add(f"order_{place}_units", row["units"], "units", "gold.decisions")
