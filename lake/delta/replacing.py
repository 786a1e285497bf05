"""Replacing the rows of some keys as a whole, in one commit: what is computed anew for a key takes the old rows' place.

For tables whose rows are made from a file or a model, not from a stream of changes (that is :mod:`lake.silver.merge`).
The same rows written twice stand once, so that work which was killed is simply done again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake.delta.commits import commit_properties, with_retries
from lake.delta.table import Table, partition_predicate

if TYPE_CHECKING:
    from deltalake import DeltaTable


def replace_rows(table: Table, column: str, values: Collection[str], rows: Sequence[Mapping[str, Any]]) -> int:
    """Replace every row whose ``column`` is one of the values.

    Args:
        table: with a contract.
        column: text that says what a row belongs to.
        values: whose rows go; none: nothing is written.
        rows: what takes their place; may be none.

    Returns:
        The version that holds the rows.

    Raises:
        ValueError: a row belongs to none of the values.
    """
    from deltalake import write_deltalake

    table.create()
    contract = table.contract
    assert contract is not None, f"{table.path}: rows are replaced in a table with a contract"
    if stray := {row[column] for row in rows} - set(values):
        raise ValueError(f"{table.name}: rows of {sorted(stray)[:3]} were not asked to be replaced; name them too")
    if not values:
        return table.version()
    data = contract.arrow_rows(rows)
    predicate = partition_predicate(column, sorted(values))

    def attempt(snapshot: DeltaTable) -> int:
        properties = commit_properties(snapshot, {}, serial=True)
        write_deltalake(snapshot, data, mode="overwrite", predicate=predicate, commit_properties=properties)
        return snapshot.version()

    return with_retries(table.path, attempt)
