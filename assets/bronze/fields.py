"""What silver declares of the ERP's tables, for those who read their changes: types of fields, and keys.

Filled when the silver tables are declared, so that it is said once, in their contracts.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from lake.contract import Contract

# ERP table -> field -> logical type, of every silver table that follows it.
FIELDS: dict[str, dict[str, str]] = {}
# Bronze table -> the sources that silver tables follow; None for one that follows all.
FOLLOWED: dict[str, set[str | None]] = {}
# What stands in bronze beside rows of tables: Debezium's messages about transactions, schemas and itself.
BESIDE = frozenset({"tombstone", "truncation", "message", "schema_change", "transaction", "heartbeat"})
# ERP table -> fields of its key.
KEYS: dict[str, tuple[str, ...]] = {}


def declare_fields(table: str, contract: Contract) -> None:
    """Note what a silver table that follows the ERP's table says of it."""
    FIELDS.setdefault(table, {}).update({one.source: one.type for one in contract.columns if one.source})
    KEYS[table] = tuple(contract[name].source or name for name in contract.key)


def unfollowed(name: str, rows: Mapping[str, int]) -> list[str]:
    """What a run says of sources that no silver table follows, with the table that may be meant.

    Args:
        name: the bronze table.
        rows: source -> rows in it.
    """
    followed = FOLLOWED.get(name, {None})
    if None in followed:
        return []
    names = sorted(one for one in followed if one)
    told = []
    for source, count in sorted(rows.items()):
        if source not in followed and source not in BESIDE:
            near = get_close_matches(source.lower(), names, 1, 0.75)
            meant = f"{near[0]} is meant?" if near else f"tables follow {', '.join(names)}"
            told.append(f"{name}: {count:,} rows are about {source}, which no table follows ({meant})")
    return told
