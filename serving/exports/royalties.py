"""Royalty statements: what each artist is due of a month's net revenue, by rates of a YAML file.

`default` is the share of net revenue; `labels` and `artists` give others, the artist's before the label's:

    default: 0.15
    labels: {L0003: 0.18}
    artists: {A00017: 0.22}
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import Any

from serving.exports.sheets import NothingToReportError, Section, cents, sheet, whole
from serving.queries.reader import Reader, Row

CENT = Decimal("0.01")
_SOLD = """
select l.release_id, coalesce(r.title, l.release_id) as title, r.artist_id, r.label_id,
  coalesce(r.label_name, r.label_id, 'no label') as label, coalesce(r.artist_name, r.artist_id, 'no artist') as artist,
  coalesce(sum(l.quantity) filter (not l.is_return), 0)::bigint as sold,
  -coalesce(sum(l.quantity) filter (l.is_return), 0)::bigint as returned, sum(l.house_revenue) as revenue
from gold.fct_order_line l join gold.dim_release r using (release_id)
where l.is_product and l.order_month = $month and l.house_revenue is not null
group by all order by label, artist, r.artist_id, title, l.release_id
"""


class RatesError(NothingToReportError):
    """The file of rates cannot be read; the message names file and field."""


@dataclass(frozen=True)
class Rates:
    """Shares of net revenue, by artist, by label, and for all others."""

    default: Decimal
    labels: Mapping[str, Decimal]
    artists: Mapping[str, Decimal]

    def of(self, artist_id: str | None, label_id: str | None) -> Decimal:
        """The rate of a release."""
        return self.artists.get(artist_id or "", self.labels.get(label_id or "", self.default))


def read_rates(path: Path | None) -> Rates:
    """The rates of a file.

    Raises:
        RatesError: no file is named, or it is not as it must be.
    """
    import yaml

    if path is None:
        raise RatesError(
            "LACQUER_ROYALTY_RATES names no file of royalty rates; docs/how-to/schedule-reports.md has one"
        )
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RatesError(f"{path.name}: {type(error).__name__}; a YAML mapping with default is needed") from None
    if not isinstance(given, dict) or "default" not in given or set(given) - {"default", "labels", "artists"}:
        raise RatesError(f"{path.name}: needs default, and may have labels and artists, nothing else")
    parts = [given.get(name) or {} for name in ("labels", "artists")]
    if not all(isinstance(part, dict) for part in parts):
        raise RatesError(f"{path.name}: labels and artists are mappings from number to rate")
    labels, artists = [{str(key): _rate(path, key, value) for key, value in part.items()} for part in parts]
    return Rates(_rate(path, "default", given["default"]), labels, artists)


def _rate(path: Path, name: object, value: object) -> Decimal:
    try:
        rate = Decimal(str(value))
    except InvalidOperation:
        rate = Decimal(-1)
    if not 0 <= rate <= 1:
        raise RatesError(f"{path.name}: {name}: a rate lies from 0 to 1, as 0.15")
    return rate


def last_whole_month(reader: Reader) -> dt.date:
    """The first day of the newest month whose sales are whole.

    Raises:
        NothingToReportError: this reader sees no sales.
    """
    if reader.last_day is None:
        raise NothingToReportError("no sales are published, so no royalties are due")
    after = reader.last_day + dt.timedelta(days=1)
    return (after.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def royalties(reader: Reader, rates: Rates, month: dt.date) -> list[Row]:
    """Each release that sold or came back in a month, with rate and royalty, rounded to the cent."""
    if not reader.has("gold.fct_order_line", "gold.dim_release"):
        return []
    rows = reader.rows(_SOLD, {"month": month})
    for row in rows:
        row["rate"] = rates.of(row["artist_id"], row["label_id"])
        row["royalty"] = (row["revenue"] * row["rate"]).quantize(CENT, ROUND_HALF_UP)
    return rows


def royalty_statement(reader: Reader, rates: Rates, month: dt.date | None = None) -> bytes:
    """The statement of a month, artist by artist; the sums add up the rounded lines.

    Raises:
        NothingToReportError: nothing sold in that month.
    """
    chosen = (month or last_whole_month(reader)).replace(day=1)
    rows = royalties(reader, rates, chosen)
    if not rows:
        raise NothingToReportError(f"nothing sold in {chosen:%Y-%m}, so no royalties are due")
    money = reader.house_currency
    columns = ("Release", "#Sold", "#Returned", f"#Net revenue, {money}", "#Rate", f"#Royalty, {money}")
    sections = []
    for (label, artist, _), found in groupby(rows, lambda row: (row["label"], row["artist"], row["artist_id"])):
        own = list(found)
        shown = [
            (
                *(str(row["title"]), whole(row["sold"]), whole(row["returned"]), cents(row["revenue"])),
                *(f"{row['rate'] * 100:f}%", cents(row["royalty"])),
            )
            for row in own
        ]
        sections.append(Section(f"{artist} · {label}", columns, shown, ("Sum", *_sums(own))))
    facts = list(
        zip(("Sold", "Returned", f"Net revenue, {money}", "", f"Royalties, {money}"), _sums(rows), strict=True)
    )
    told = [one for one in facts if one[0]]
    return sheet(reader, "Royalty statement", f"{chosen:%B %Y}, in {money}", sections, told)


def _sums(rows: list[Row]) -> tuple[str, ...]:
    def total(name: str) -> Any:
        return sum(row[name] for row in rows)

    return whole(total("sold")), whole(total("returned")), cents(total("revenue")), "", cents(total("royalty"))
