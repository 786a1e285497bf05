"""What every bronze table is: the columns of a landed line, and the contract they make."""

from lake.contract import Column, Contract

COLUMNS = (
    Column("source", "string", "table, class or kind that the line is about"),
    Column("op", "string", "c, u, r: the row as it is now; d: deleted; t: tombstone; x: no row"),
    Column("position", "int64", "position in the source; the greatest is the latest", nullable=True),
    Column("changed_at", "timestamp", "moment of the change in the source", nullable=True),
    Column("entity_key", "string", "whose personal data it may hold", nullable=True, personal=True),
    Column("payload", "string", "the line as it came"),
    Column("batch_id", "string", "SHA-256 of the landed file, or kafka:topic/partition"),
    Column("batch_line", "int64", "line in the file, from 1, or offset"),
    Column("landed_path", "string", "the landed file, or kafka:topic/partition"),
    Column("arrived_at", "timestamp", "moment of arrival in the lake"),
)


def bronze_contract(name: str, grain: str, description: str) -> Contract:
    """The contract of a bronze table; all have the same columns."""
    return Contract(
        name=name,
        layer="bronze",
        grain=grain,
        description=description,
        key=("batch_id", "batch_line"),
        partition_by=("source",),
        columns=COLUMNS,
    )
