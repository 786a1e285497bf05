"""The weekly sales report as PDF: key figures, revenue per week, what sold, what to order.

The figures are those of the overview, by the same queries. typst makes the PDF; the drawing is the dashboard's own.
"""

import datetime as dt
import json
from pathlib import Path

from ml.reporting.trends import trend
from serving.exports.sheets import NothingToReportError
from serving.queries.overview import key_figures, to_order, weeks
from serving.queries.reader import Reader, Row

YEAR = 52
TEMPLATE = Path(__file__).parent / "weekly.typ"
STYLE = (
    "<style>.grid{stroke:#ddd}.sold{stroke:#0b6464;fill:none;stroke-width:2}.area{fill:#e2efee}"
    ".before{stroke:#777;fill:none;stroke-dasharray:4 3}text{font-family:sans-serif;font-size:11px;fill:#555}</style>"
)
SOLD_BEST = """
select r.release_id, coalesce(r.title, r.release_id) as title, coalesce(r.artist_name, '') as artist,
  sum(l.quantity)::bigint as units, sum(l.house_revenue) as revenue
from gold.fct_order_line l join gold.dim_release r using (release_id)
where l.is_product and l.order_date > $until - 7 and l.order_date <= $until
group by all having units > 0 order by units desc, release_id limit 15
"""


def best_sellers(reader: Reader) -> list[Row]:
    """What sold most in the last seven days."""
    if reader.last_day is None or not reader.has("gold.fct_order_line", "gold.dim_release"):
        return []
    return reader.rows(SOLD_BEST, {"until": reader.last_day})


def week_drawing(reader: Reader, names: tuple[str, str] = ("this year", "the year before")) -> tuple[str, bool]:
    """Revenue per week of the last year as SVG, empty where nothing sold, and whether the year before is in it."""
    every = weeks(reader, 2 * YEAR)
    now, before = every[-YEAR:], every[:-YEAR]
    if not now:
        return "", False
    days, revenue = [one.week for one in now], [float(one.net_revenue) for one in now]
    earlier = [float(one.net_revenue) for one in before] if len(before) > 1 else []
    return trend(days, revenue, earlier, names), bool(earlier)


def weekly_report(reader: Reader) -> bytes:
    """The report of the last seven days, as PDF; it holds the rows of the reader's scope.

    Raises:
        NothingToReportError: the lake has no sales.
    """
    import typst

    if reader.last_day is None:
        raise NothingToReportError("the lake has no sales yet, so there is nothing to report")
    drawing, _ = week_drawing(reader)
    xmlns = '<svg xmlns="http://www.w3.org/2000/svg" '
    labels = None if reader.scope.labels is None else sorted(reader.scope.labels)
    told = {
        "from": (reader.last_day - dt.timedelta(days=6)).isoformat(),
        "until": reader.last_day.isoformat(),
        "state": reader.state.number,
        "currency": reader.house_currency,
        "labels": labels,
        "figures": [
            {**one.model_dump(mode="json"), "week": one.change(one.week_before), "year": one.change(one.year_before)}
            for one in key_figures(reader)
        ],
        "sold": best_sellers(reader),
        "order": to_order(reader, 15),
        "drawing": str(drawing).replace("<svg ", xmlns, 1).replace(">", f">{STYLE}", 1),
        "has_drawing": bool(drawing),
    }
    # Data goes in as JSON and never as text of the template, so nothing in it can be typst.
    pdf = typst.compile(str(TEMPLATE), sys_inputs={"data": json.dumps(told, default=str)})
    assert isinstance(pdf, bytes)
    return pdf
