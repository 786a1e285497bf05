"""The sheet of one buyer: figures, what it bought, and what to offer."""

from serving.exports.sheets import NothingToReportError, Section, cents, sheet, whole
from serving.queries.buyers import find_buyers, releases_for_buyer
from serving.queries.reader import Reader, Row

_BOUGHT = """
select coalesce(r.title, l.release_id) as title, coalesce(r.artist_name, '') as artist,
  sum(l.quantity)::bigint as units, sum(l.house_revenue) as revenue, max(l.order_date) as last_order
from gold.fct_order_line l left join gold.dim_release r using (release_id)
where l.is_product and l.buyer_id = $buyer group by l.release_id, r.title, r.artist_name
order by revenue desc, l.release_id limit 40
"""


def bought(reader: Reader, buyer_id: str) -> list[Row]:
    """What a buyer bought, the most revenue first."""
    return reader.rows(_BOUGHT, {"buyer": buyer_id}) if reader.has("gold.fct_order_line", "gold.dim_release") else []


def buyer_sheet(reader: Reader, buyer_id: str | None) -> bytes:
    """The sheet of a buyer.

    Raises:
        NothingToReportError: no buyer is named, or none that this reader sees.
    """
    found = find_buyers(reader, buyer_id=buyer_id, limit=1) if buyer_id else []
    if not found:
        raise NothingToReportError(f"buyer_id: no buyer {buyer_id!r} whose sheet you may see")
    (buyer,) = found
    rows = [
        (str(row["title"]), str(row["artist"]), whole(row["units"]), cents(row["revenue"]), str(row["last_order"]))
        for row in bought(reader, buyer.buyer_id)
    ]
    offers = [
        (str(row["title"] or row["release_id"]), str(row["artist_name"] or ""), str(row["reason"] or ""))
        for row in releases_for_buyer(reader, buyer.buyer_id, 20)
    ]
    money = f"Revenue, {reader.house_currency}"
    sections = [
        Section("What to offer", ("Release", "Artist", "Why"), offers, empty="No recommendation is published."),
        Section("What it bought", ("Release", "Artist", "#Units", f"#{money}", "Last order"), rows),
    ]
    facts = [
        (money, cents(buyer.revenue)),
        ("Net units", whole(buyer.net_units)),
        ("Orders", whole(buyer.orders)),
        ("Last order", str(buyer.last_order or "–")),
    ]
    parts = (buyer.buyer_id, buyer.kind, buyer.country, buyer.segment)
    subtitle = " · ".join(str(one) for one in parts if one)
    return sheet(reader, buyer.company_name or buyer.buyer_id, subtitle, sections, facts)
