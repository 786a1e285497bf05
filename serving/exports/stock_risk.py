"""Reports of stock: what runs out, and what to order, label by label."""

from itertools import groupby

from serving.exports.sheets import NothingToReportError, Section, sheet, whole
from serving.queries.reader import Reader, Row
from serving.queries.stock import stock_rows

MOST_AT_RISK = 200
_ORDERS = """
select coalesce(r.label_name, r.label_id, 'no label') as label, coalesce(r.title, p.release_id) as title,
  p.release_id, p.available, p.incoming, p.units_p50, p.units_p90, p.chance_above_stock, p.service_order
from gold.mart_plan p join gold.dim_release r using (release_id)
where p.origin = (select max(origin) from gold.mart_plan) and p.horizon_days = 30
order by label, p.units_p50 desc, p.release_id
"""


def stock_risk(reader: Reader) -> bytes:
    """What is at high or medium risk to run out, the shortest cover first.

    Raises:
        NothingToReportError: no stock is published for this reader.
    """
    rows = stock_rows(reader)
    if not rows:
        raise NothingToReportError("no stock is published, so there is no risk to report")
    sections = []
    for risk in ("High", "Medium"):
        found = [one for one in rows if one.stock_out_risk == risk]
        shown = [
            (
                *(one.title or one.release_id, one.release_id),
                *map(whole, (one.available, one.incoming, one.expected_units_30d, one.days_of_cover)),
            )
            for one in found[:MOST_AT_RISK]
        ]
        columns = ("Release", "Number", "#Available", "#Incoming", "#Expected, 30 days", "#Cover, days")
        note = f"and {len(found) - MOST_AT_RISK} more" if len(found) > MOST_AT_RISK else ""
        sections.append(Section(f"{risk} risk ({len(found)})", columns, shown, note=note, empty="No release."))
    counts = [
        (f"{risk} risk", str(sum(one.stock_out_risk == risk for one in rows))) for risk in ("High", "Medium", "Low")
    ]
    return sheet(reader, "Stock risk", f"Stock of {max(one.as_of_date for one in rows)}", sections, counts)


def order_rows(reader: Reader) -> list[Row]:
    """The forecast over 30 days and the order of each release at the newest origin, by label."""
    return reader.rows(_ORDERS) if reader.has("gold.mart_plan", "gold.dim_release") else []


def order_list(reader: Reader) -> bytes:
    """Forecast and order list, label by label.

    Raises:
        NothingToReportError: nothing is planned for this reader.
    """
    rows = order_rows(reader)
    if not rows:
        raise NothingToReportError("nothing is planned yet, so there is nothing to order")
    columns = ("Release", "#Available", "#Incoming", "#P50", "#P90", "#Runs out", "#Order")
    sections = []
    for label, found in groupby(rows, lambda row: str(row["label"])):
        own = list(found)
        shown = [
            (
                *(str(row["title"]), whole(row["available"]), whole(row["incoming"]), whole(row["units_p50"])),
                *(whole(row["units_p90"]), _share(row["chance_above_stock"]), whole(row["service_order"])),
            )
            for row in own
        ]
        sums = [whole(sum(row[name] or 0 for row in own)) for name in ("units_p50", "service_order")]
        sections.append(Section(label, columns, shown, ("Sum", "", "", sums[0], "", "", sums[1])))
    return sheet(reader, "Forecast and order list", f"30 days from {reader.origin}, by label", sections)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.0f}%"
