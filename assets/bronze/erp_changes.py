"""Changes of the ERP's tables, in Debezium's envelope.

One row per change event that landed. Postgres counts by `lsn`, MySQL by binlog file, position and row, SQL Server by
`commit_lsn`, Oracle by `commit_scn`; where none is there the source's clock stands in. Positions that begin anew get
an epoch of their own. A row of an incremental snapshot stands at the end of its `sequence`, else where the line of its
table before it does. Envelopes come bare or wrapped in `schema` and `payload`. Rows of extracts and of pulls from its
database come as envelopes that state their position. A JSON document that is no envelope at all is kept as it is, under
the source `extract`.
"""

from assets.bronze import bronze_table, erp_pulls
from assets.bronze.fields import KEYS
from lake.bronze import bronze_contract
from lake.ingest.envelopes import Door
from lake.ingest.landing.extracts.cells import FAULTS
from lake.ingest.pulls.left_out import take_in_with_left_out
from lake.ingest.pulls.moved import taking_moved
from lake.ingest.pulls.truncated import taking_in

ERP_CHANGES = bronze_contract(
    "erp_changes",
    "one row per change event of the ERP",
    "Debezium envelopes as they came; late, doubled and out of order.",
)

_ENVELOPE = '"op": "VARCHAR", "before": {"buyer_id": "VARCHAR"}, "after": {"buyer_id": "VARCHAR"}, "ts_ms": "VARCHAR"'
_SOURCE = (
    '"source": {"connector": "VARCHAR", "name": "VARCHAR", "db": "VARCHAR", "schema": "VARCHAR", "table": "VARCHAR", '
    '"lsn": "VARCHAR", "file": "VARCHAR", "pos": "VARCHAR", '
    '"row": "VARCHAR", "commit_lsn": "VARCHAR", "commit_scn": "VARCHAR", "scn": "VARCHAR", "snapshot": "VARCHAR", '
    '"ts_ms": "VARCHAR", "position": "VARCHAR", "sequence": "VARCHAR", "fault": "VARCHAR"}'
)


def _field(place: str) -> str:
    """A field of the envelope, bare or wrapped."""
    return f"coalesce(doc.{place}, doc.payload.{place})"


# MySQL: 21 bits of file number, 32 of position, 10 of row make one ordered number.
_BINLOG = (
    f"try_cast(try_cast(regexp_extract({_field('source.file')}, '([0-9]+)$', 1) as hugeint) * 4398046511104 "
    f"+ try_cast({_field('source.pos')} as hugeint) * 1024 + coalesce(try_cast({_field('source.row')} as hugeint), 0) "
    "as bigint)"
)
# SQL Server: the log file's number and the block of the commit; slot and change within it order what is left.
_COMMIT_LSN = (
    f"try_cast('0x' || split_part({_field('source.commit_lsn')}, ':', 1) as bigint) * 2147483648 "
    f"+ try_cast('0x' || split_part({_field('source.commit_lsn')}, ':', 2) as bigint)"
)
# Oracle: of a commit over several threads the first; rows of a snapshot have only the number of their reading.
_SCN = (
    f"coalesce(try_cast(regexp_extract({_field('source.commit_scn')}, '^[0-9]+') as bigint), "
    f"try_cast({_field('source.scn')} as bigint))"
)
_CLOCK = f"coalesce(try_cast({_field('source.ts_ms')} as bigint), try_cast({_field('ts_ms')} as bigint))"
# A row of an incremental snapshot has no lsn; `sequence`, a list in a text, ends with the last one before it was read.
_READ_AT = (
    f"case when {_field('source.snapshot')} = 'incremental' then coalesce("
    + ", ".join(
        f"try_cast(regexp_extract({_field('source.sequence')}, '{pattern}', 1) as bigint)"
        for pattern in (r'"([0-9]+)"\s*\]\s*$', r'^\s*\[\s*"([0-9]+)"')
    )
    + ") end"
)
# A Postgres change without a readable lsn has no position: its clock would outrank every lsn for ever.
_POSITION = (
    f"case when {_field('source.position')} is not null then try_cast({_field('source.position')} as bigint) "
    f"when {_field('source.connector')} = 'postgresql' or {_field('source.lsn')} is not null "
    f"then coalesce(try_cast({_field('source.lsn')} as bigint), {_READ_AT}) "
    f"when {_field('source.connector')} = 'sqlserver' and {_field('source.commit_lsn')} is not null then {_COMMIT_LSN} "
    f"when {_field('source.connector')} = 'oracle' and {_SCN} is not null then {_SCN} "
    f"else coalesce({_BINLOG}, {_CLOCK}) end"
)
# Server, database and schema, as far as a connector states them; null where it states none.
_PARTS_OF_ORIGIN = [f"coalesce({_field(f'source.{one}')}, '')" for one in ("name", "db", "schema")]
_ORIGIN = f"nullif(concat_ws('/', {', '.join(_PARTS_OF_ORIGIN)}), '//')"
# An envelope whose operation is lost is a fault; a document that has no part of an envelope is an extract.
_PARTS = ", ".join(f"'$.{within}{part}'" for within in ("", "payload.") for part in ("op", "before", "after"))
_IS_EXTRACT = (
    f"case when json_type(text) = 'OBJECT' and {_field('op')} is null "
    f"then not list_contains(json_exists(text, [{_PARTS}]), true) else false end"
)


# What a connector says beside changes: ends of transactions, changed schemas, that it is alive.
_KIND_OF_DOCUMENT = (
    "case when json_exists(text, '$.tableChanges') or json_exists(text, '$.ddl') then 'schema_change' "
    "when json_exists(text, '$.status') and json_exists(text, '$.event_count') then 'transaction' "
    "when json_keys(text) = ['ts_ms'] then 'heartbeat' else 'extract' end"
)
# Debezium's truncation is of a whole table, and its message of none: no silver table reads them as rows.
_BESIDE = f"case {_field('op')} when 't' then 'truncation' when 'm' then 'message' end"


def _understood(otherwise: str, *, tombstone: str, extract: str, beside: str) -> str:
    """A column that a tombstone, an extract and what stands beside rows fill differently from a change."""
    return (
        f"case when json_type(text) = 'NULL' then {tombstone} when {_IS_EXTRACT} then {extract} "
        f"when {_field('op')} in ('t', 'm') then {beside} else {otherwise} end"
    )


DOOR = Door(
    schema=f'{{{_ENVELOPE}, {_SOURCE}, "payload": {{{_ENVELOPE}, {_SOURCE}}}}}',
    source=_understood(_field("source.table"), tombstone="'tombstone'", extract=_KIND_OF_DOCUMENT, beside=_BESIDE),
    op=_understood(_field("op"), tombstone="'t'", extract="'r'", beside="'x'"),
    position=_POSITION,
    changed_at=f"try(epoch_ms({_CLOCK}))",
    entity_key=f"coalesce({_field('after.buyer_id')}, {_field('before.buyer_id')})",
    origin=_ORIGIN,
    origin_of=_field("source.table"),
    restarts=True,
    floating=f"{_field('source.lsn')} is null and {_field('source.snapshot')} = 'incremental'",
    faults=(
        *((f"doc.source.fault = '{rule}'", rule, reason) for rule, reason in FAULTS.items()),
        ("op is null", "operation", "no operation"),
        (
            "op not in ('c', 'r', 'u', 'd', 't', 'x') or (op = 'x' and " + _field("op") + " = 'x')",
            "operation",
            "unknown operation",
        ),
    ),
)

# Deletions that follow from what has landed: of snapshots, of truncations, of updates that change a key.
TAKE = taking_moved(taking_in(take_in_with_left_out, KEYS), KEYS)

erp_changes = bronze_table(ERP_CHANGES, "erp", DOOR, deps=[erp_pulls.KEY], take=TAKE)
