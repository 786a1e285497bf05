"""What silver declares of the ERP's tables, for those who read their changes: types of fields, and keys.

Filled when the silver tables are declared, so that it is said once, in their contracts.
"""

from lake.contract import Contract

# ERP table -> field -> logical type, of every silver table that follows it.
FIELDS: dict[str, dict[str, str]] = {}
# ERP table -> fields of its key.
KEYS: dict[str, tuple[str, ...]] = {}


def declare_fields(table: str, contract: Contract) -> None:
    """Note what a silver table that follows the ERP's table says of it."""
    FIELDS.setdefault(table, {}).update({one.source: one.type for one in contract.columns if one.source})
    KEYS[table] = tuple(contract[name].source or name for name in contract.key)
