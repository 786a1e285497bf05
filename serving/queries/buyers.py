"""Buyers with the key figures of their orders."""

from serving.queries.reader import Reader
from serving.queries.records import BuyerRow

_BUYERS = """
with bought as (
  select buyer_id, sum(quantity)::bigint as net_units, sum(house_revenue) as revenue,
    count(distinct order_id) filter (not is_return) as orders, max(order_date) as last_order
  from gold.fct_order_line where is_product and buyer_id is not null group by buyer_id
)
select b.buyer_id, b.company_name, b.kind, b.country, coalesce(o.net_units, 0) as net_units,
  coalesce(o.revenue, 0) as revenue, coalesce(o.orders, 0) as orders, o.last_order, {rfm} as rfm_score,
  {segment} as segment
from gold.dim_buyer b left join bought o using (buyer_id) {joins}
where ($words = '' or contains(lower(coalesce(b.company_name, '') || ' ' || b.buyer_id), lower($words)))
  and ($kind::varchar is null or b.kind = $kind) and ($buyer::varchar is null or b.buyer_id = $buyer)
order by revenue desc, b.buyer_id limit $most
"""


def find_buyers(
    reader: Reader, *, words: str = "", kind: str | None = None, buyer_id: str | None = None, limit: int = 100
) -> list[BuyerRow]:
    """Buyers that match, those with most revenue first."""
    if not reader.has("gold.dim_buyer", "gold.fct_order_line"):
        return []
    joins, rfm, segment = "", "null::varchar", "null::varchar"
    if reader.has("gold.mart_buyer_rfm"):
        joins, rfm = "left join gold.mart_buyer_rfm m using (buyer_id)", "m.rfm_score"
    columns = reader.columns.get("gold.buyer_segments", {})
    if {"buyer_id", "segment"} <= columns.keys():
        newest = "where as_of = (select max(as_of) from gold.buyer_segments)" if "as_of" in columns else ""
        joins += f" left join (from gold.buyer_segments {newest}) g on g.buyer_id = b.buyer_id"
        segment = "g.segment"
    sql = _BUYERS.format(rfm=rfm, segment=segment, joins=joins)
    rows = reader.rows(sql, {"words": words, "kind": kind, "buyer": buyer_id, "most": limit})
    return [BuyerRow(**row) for row in rows]


def buyers_of_release(reader: Reader, release_id: str, limit: int = 10) -> list[BuyerRow]:
    """Who bought a release, those with most units of it first; figures are those of this release."""
    return buyers_of_releases(reader, [release_id], limit).get(release_id, [])


def buyers_of_releases(reader: Reader, releases: list[str], limit: int) -> dict[str, list[BuyerRow]]:
    """Who bought each of the releases, at most `limit` for each; asked once for all of them."""
    if not reader.has("gold.dim_buyer", "gold.fct_order_line"):
        return {}
    rows = reader.rows(
        "select l.release_id, b.buyer_id, b.company_name, b.kind, b.country, sum(l.quantity)::bigint as net_units, "
        "coalesce(sum(l.house_revenue), 0) as revenue, count(distinct l.order_id) as orders, "
        "max(l.order_date) as last_order from gold.fct_order_line l join gold.dim_buyer b using (buyer_id) "
        "where l.is_product and list_contains($releases, l.release_id) "
        "group by l.release_id, b.buyer_id, b.company_name, b.kind, b.country "
        "qualify row_number() over (partition by l.release_id order by net_units desc, b.buyer_id) <= $most "
        "order by l.release_id, net_units desc, b.buyer_id",
        {"releases": releases, "most": limit},
    )
    found: dict[str, list[BuyerRow]] = {}
    for row in rows:
        found.setdefault(row.pop("release_id"), []).append(BuyerRow(**row))
    return found


def releases_for_buyer(reader: Reader, buyer_id: str, limit: int = 10) -> list[dict[str, object]]:
    """The offer list of a buyer: recommended releases, where recommendations are published."""
    columns = reader.columns.get("gold.recommendations", {})
    if not {"buyer_id", "release_id", "score"} <= columns.keys() or not reader.has("gold.dim_release"):
        return []
    newest = "and as_of = (select max(as_of) from gold.recommendations)" if "as_of" in columns else ""
    reason = "r.reason" if "reason" in columns else "null::varchar"
    return reader.rows(
        f"select r.release_id, d.title, d.artist_name, r.score, {reason} as reason from "
        f"(from gold.recommendations where buyer_id = $buyer {newest}) r "
        "left join gold.dim_release d using (release_id) order by r.score desc, r.release_id limit $most",
        {"buyer": buyer_id, "most": limit},
    )
