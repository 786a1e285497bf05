"""Stock and how long it lasts."""

from serving.queries.reader import Reader
from serving.queries.records import StockRow


def stock_rows(reader: Reader, *, risk: str | None = None, limit: int | None = None) -> list[StockRow]:
    """Stock per release, the shortest cover first.

    Args:
        reader: whose state.
        risk: only releases with this stock-out risk.
        limit: at most so many.
    """
    if not reader.has("gold.mart_stock_cover", "gold.dim_release"):
        return []
    rows = reader.rows(
        "select s.release_id, r.title, s.as_of_date, s.on_hand, s.reserved, s.available, s.incoming, s.units_per_day, "
        "s.expected_units_30d, s.days_of_cover, s.stock_out_risk from gold.mart_stock_cover s "
        "left join gold.dim_release r using (release_id) where $risk::varchar is null or s.stock_out_risk = $risk "
        "order by s.days_of_cover nulls last, s.release_id limit $most",
        {"risk": risk, "most": limit or 1_000_000_000},
    )
    return [StockRow(**row) for row in rows]
