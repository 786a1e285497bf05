"""The dashboards: which charts each one has, and what each chart asks of which dataset."""

from __future__ import annotations

from dataclasses import dataclass

BAR, LINE, PIE, NUMBER, TABLE = (
    "echarts_timeseries_bar",
    "echarts_timeseries_line",
    "pie",
    "big_number_total",
    "table",
)
PRESENT = "IS NOT NULL"


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        title: above it; unique.
        kind: Superset's name of the form.
        dataset: that it asks.
        metrics: names of the dataset's metrics; a pie and a number show one.
        by: columns that rows are grouped by.
        day: column along the bottom of bars and lines.
        grain: ISO 8601 duration of one bar or point.
        where: column and the value that it must have; None: it must be null; PRESENT: it must not.
        text: Superset's number format.
        limit: of rows, those of the largest first metric.
    """

    title: str
    kind: str
    dataset: str
    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    day: str | None = None
    grain: str = "P1M"
    where: tuple[tuple[str, str | int | bool | None], ...] = ()
    text: str = "SMART_NUMBER"
    limit: int = 1000


@dataclass(frozen=True)
class Dashboard:
    """Rows of charts under a title; `slug` is its address."""

    title: str
    slug: str
    rows: tuple[tuple[Chart, ...], ...]


PRODUCTS = (("is_product", True),)  # not fees and freight
SERVED = (("model", "served"), ("target", "units"), ("population", "active"))
SALES = (
    (
        Chart("Net units", NUMBER, "sales", ("net_units",), text=",d"),
        Chart("Net revenue", NUMBER, "sales", ("net_revenue",), text=",.0f"),
        Chart("Return rate", NUMBER, "sales", ("return_rate",), text=".1%"),
        Chart("Orders", NUMBER, "sales", ("orders",), text=",d"),
    ),
    (
        Chart("Net revenue by month and genre", BAR, "sales", ("net_revenue",), by=("genre",), day="order_date"),
        Chart("Net revenue by country", PIE, "sales", ("net_revenue",), by=("country",)),
    ),
    (
        Chart("Releases that earn most", TABLE, "sales", ("net_revenue", "net_units", "average_price", "return_rate"),
              by=("title", "artist_name"), where=PRODUCTS, limit=25),
        Chart("Labels", TABLE, "sales", ("net_revenue", "net_units", "buyers"), by=("label_name",),
              where=PRODUCTS),
    ),
)  # fmt: skip
STOCK = (
    (
        Chart("Available units", NUMBER, "stock", ("available_units",), text=",d"),
        Chart("Units sold a day", NUMBER, "stock", ("units_per_day",), text=",.1f"),
        Chart("Days of cover", NUMBER, "stock", ("stock_cover_days",), text=",.0f"),
    ),
    (
        Chart("Units by risk of running out", PIE, "stock", ("available_units",), by=("stock_out_risk",)),
        Chart("Releases in stock", TABLE, "stock", ("available_units", "units_per_day", "stock_cover_days"),
              by=("title", "label_name", "stock_out_risk"), limit=100),
    ),
)  # fmt: skip
FORECASTS = (
    (
        Chart("Units expected ahead", NUMBER, "forecast_days", ("forecast_units",), text=",.0f"),
        Chart("WAPE by horizon", TABLE, "forecast_accuracy",
              ("mean_wape", "mean_bias", "mean_skill", "mean_coverage"), by=("horizon_days",),
              where=(*SERVED, ("origin", None))),
    ),
    (
        Chart("Units expected by week and genre", BAR, "forecast_days", ("forecast_units",), by=("genre",),
              day="sales_date", grain="P1W"),
        Chart("WAPE of 30 days by origin", LINE, "forecast_accuracy", ("mean_wape",), day="origin", grain="P1D",
              where=(*SERVED, ("horizon_days", 30), ("origin", PRESENT)), text=".0%"),
    ),
)  # fmt: skip
BUYERS = (
    (
        Chart("Buyers", NUMBER, "buyers", ("buyer_count",), text=",d"),
        Chart("Orders expected in 30 days", NUMBER, "buyers", ("orders_ahead",), text=",.0f"),
        Chart("Revenue by segment", PIE, "buyers", ("money",), by=("segment",)),
    ),
    (
        Chart("Segments", TABLE, "buyers", ("buyer_count", "money", "mean_probability", "mean_recency"),
              by=("segment",)),
        Chart("Buyers who order most", TABLE, "buyers", ("money", "mean_probability"),
              by=("company_name", "country", "segment"), limit=50),
    ),
)  # fmt: skip
ALERTS = (
    (
        Chart("Open alerts", NUMBER, "alerts", ("alert_count",), where=(("state", "open"),), text=",d"),
        Chart("Money at stake of open alerts", NUMBER, "alerts", ("money_at_stake",), where=(("state", "open"),)),
        Chart("Alerts by priority", PIE, "alerts", ("alert_count",), by=("priority",)),
    ),
    (
        Chart("Alerts by week and type", BAR, "alerts", ("alert_count",), by=("type",), day="opened_on", grain="P1W"),
        Chart("What to do next", TABLE, "alerts", ("money_at_stake",),
              by=("priority", "title", "message", "next_step"), where=(("state", "open"),), limit=100),
    ),
)  # fmt: skip
DASHBOARDS = (
    Dashboard("Sales", "lacquer-sales", SALES),
    Dashboard("Stock", "lacquer-stock", STOCK),
    Dashboard("Forecast accuracy", "lacquer-forecasts", FORECASTS),
    Dashboard("Buyers", "lacquer-buyers", BUYERS),
    Dashboard("Alerts", "lacquer-alerts", ALERTS),
)
