"""Royalty statements: what each artist is due of a month's net revenue.

The figures are those of `mart_royalty_statement`: this module lays them out and computes nothing but sums.
"""

import datetime as dt
from decimal import Decimal
from itertools import groupby

from serving.exports.sheets import NothingToReportError, Section, cents, sheet, whole
from serving.queries.reader import Reader, Row

TABLE = "gold.mart_royalty_statement"
_STATEMENT = f"""
select release_id, coalesce(title, release_id) as title, artist_id, label_id,
  coalesce(label_name, label_id, 'no label') as label, coalesce(artist_name, artist_id, 'no artist') as artist,
  sold_units as sold, returned_units as returned, net_revenue as revenue, royalty_percent as percent, royalty
from {TABLE} where statement_month = $month and royalty is not null
order by label, artist, artist_id, title, release_id
"""
_WITHOUT = f"select count(*)::bigint as n from {TABLE} where statement_month = $month and royalty is null"


def last_whole_month(reader: Reader) -> dt.date:
    """The first day of the newest month whose sales are whole.

    Raises:
        NothingToReportError: this reader sees no sales.
    """
    if reader.last_day is None:
        raise NothingToReportError("no sales are published, so no royalties are due")
    after = reader.last_day + dt.timedelta(days=1)
    return (after.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def royalties(reader: Reader, month: dt.date) -> list[Row]:
    """Each release of a month that has a rate, with its royalty, rounded to the cent."""
    return reader.rows(_STATEMENT, {"month": month}) if reader.has(TABLE) else []


def royalty_statement(reader: Reader, month: dt.date | None = None) -> bytes:
    """The statement of a month, artist by artist; the sums add up the rounded lines.

    Raises:
        NothingToReportError: nothing is due for that month, and why.
    """
    chosen = (month or last_whole_month(reader)).replace(day=1)
    rows = royalties(reader, chosen)
    without = reader.one(_WITHOUT, {"month": chosen})["n"] if reader.has(TABLE) else 0
    if not rows:
        raise NothingToReportError(_why_nothing(chosen, without))
    money = reader.house_currency
    columns = ("Release", "#Sold", "#Returned", f"#Net revenue, {money}", "#Rate", f"#Royalty, {money}")
    sections = []
    for (label, artist, _), found in groupby(rows, lambda row: (row["label"], row["artist"], row["artist_id"])):
        own = list(found)
        sections.append(Section(f"{artist} · {label}", columns, [_shown(row) for row in own], ("Sum", *_sums(own))))
    names = ("Sold", "Returned", f"Net revenue, {money}", "", f"Royalties, {money}")
    facts = [one for one in zip(names, _sums(rows), strict=True) if one[0]]
    if without:
        facts.append(("Releases without a rate or revenue", whole(without)))
    return sheet(reader, "Royalty statement", f"{chosen:%B %Y}, in {money}", sections, facts)


def _why_nothing(month: dt.date, without: int) -> str:
    if not without:
        return f"nothing sold in {month:%Y-%m}, so no royalties are due"
    return (
        f"none of the {without} releases that sold in {month:%Y-%m} has a royalty: state royalty_percent in product "
        "lists, or rates in the file that LACQUER_ROYALTY_RATES names (docs/how-to/schedule-reports.md), then run"
    )


def _shown(row: Row) -> tuple[str, ...]:
    counts = whole(row["sold"]), whole(row["returned"]), cents(row["revenue"])
    return str(row["title"]), *counts, f"{row['percent'].normalize():f}%", cents(row["royalty"])


def _sums(rows: list[Row]) -> tuple[str, ...]:
    def total(name: str) -> Decimal:
        return sum((Decimal(row[name]) for row in rows), Decimal(0))

    return whole(total("sold")), whole(total("returned")), cents(total("revenue")), "", cents(total("royalty"))
