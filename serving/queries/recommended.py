"""Recommended prices that somebody chooses to apply, with what each is expected to do."""

from collections.abc import Mapping
from typing import Any

from serving.queries.reader import Reader

RECOMMENDATIONS = "gold.price_recommendations"
APPLIED = "gold.applied_prices"
_ROWS = f"""
select release_id, strategy, valid_on as valid_from, current_price as price_before, price, currency,
  units as expected_units, units_low as expected_low, units_high as expected_high, units_now as units_before, conflict
from {RECOMMENDATIONS} order by release_id, strategy
"""


class NoPriceError(LookupError):
    """A price that was chosen does not exist, or no rule can be kept with it."""


def chosen_prices(reader: Reader, chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """The recommendations to put on record.

    Args:
        reader: whose state.
        chosen: strategy by release.

    Raises:
        NoPriceError: one of them has no price; then none is applied.
    """
    rows = {(row["release_id"], row["strategy"]): row for row in _rows(reader)}
    if missing := sorted(f"{one} ({strategy})" for one, strategy in chosen.items() if (one, strategy) not in rows):
        raise NoPriceError(f"no recommendation for {', '.join(missing[:10])}; nothing was applied")
    found = [rows[one] for one in chosen.items()]
    for row in found:
        if row["price"] is None:
            raise NoPriceError(
                f"{row['release_id']} has no {row['strategy']} price: {row['conflict']}; nothing was applied"
            )
    return [{name: value for name, value in row.items() if name != "conflict"} for row in found]


def changed_prices(reader: Reader, strategy: str) -> dict[str, str]:
    """Every release whose recommended price of a strategy differs from today's."""
    return {
        row["release_id"]: strategy
        for row in _rows(reader)
        if row["strategy"] == strategy and row["price"] is not None and row["price"] != row["price_before"]
    }


def applied_prices(reader: Reader, price_ids: list[str] | None = None) -> list[dict[str, Any]]:
    """Prices that were applied, the newest first; only those with the numbers that are given."""
    if not reader.has(APPLIED):
        return []
    sql = (
        f"select * from {APPLIED} where $ids::varchar[] is null or list_contains($ids::varchar[], price_id) "
        "order by applied_at desc, release_id"
    )
    return reader.rows(sql, {"ids": price_ids})


def _rows(reader: Reader) -> list[dict[str, Any]]:
    return reader.rows(_ROWS) if reader.has(RECOMMENDATIONS) else []
