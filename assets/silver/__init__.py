"""Silver: typed, conformed, one row per business key. One file per table: what a row is, its contract, its asset.

The SQL is written from the contract; nothing about a table is said anywhere else. To add one, see
``docs/how-to/add-a-table.md``.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, AssetSpec, MaterializeResult, multi_asset

from assets.bronze import show_dead_letters
from assets.bronze.fields import FOLLOWED, declare_fields
from assets.contracts import table_spec
from assets.rebuilding import asks_for_silver, to_migrate
from assets.silver.bringing_up import bring_up
from assets.silver.checks import check_specs, run_checks
from assets.silver.history import history_result
from assets.snoozing import with_snoozes
from lake.contract import Contract
from lake.personal import key_name
from lake.silver.history import history_contract
from lake.silver.sql import Feed, parse_sql
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.silver.refresh import Refreshed

# Of an event, every field that the table of all signals has: one of a single kind need not know each. `raw` is what the
# source itself stated, and stays in bronze.
SIGNAL_ENVELOPE = (
    "event_id",
    "kind",
    "entity_type",
    "entity_id",
    "value",
    "unit",
    "region",
    "occurred_at",
    "source",
    "raw",
)
PIM_ENVELOPE = ("id", "classname", "fullpath", "modificationDate", "published", "event")
# What `signals` has no column for: fields of single kinds, which have tables of their own.
FIELDS_OF_KINDS = ("title", "text", "author", "condition", "statistic", "availability")

# What orders the changes of one commit: SQL Server's numbers, or Oracle's, whose texts have one width.
_LOG = [
    f"payload ->> '$.{within}source.{name}'" for within in ("", "payload.") for name in ("commit_lsn", "change_lsn")
]
_COUNTS = [
    f"lpad(payload ->> '$.{within}source.{name}', 20, '0')"
    for within in ("", "payload.")
    for name in ("event_serial_no", "scn", "ssn")
]
LOG_SEQUENCE = f"concat_ws('/', {', '.join([*_LOG, *_COUNTS])})"

# Silver table -> where its rows come from; filled by `silver_table`.
FEEDS: dict[str, Feed] = {}


def _feed(changes_of: str | None, objects_of: str | None, events_of: str | None, messages_of: str | None) -> Feed:
    if changes_of:
        roots = ("after", "payload.after"), ("before", "payload.before")
        return Feed("erp_changes", changes_of, *roots, sequence=LOG_SEQUENCE)
    if objects_of:
        return Feed("pim_objects", objects_of, ("",), ("",), PIM_ENVELOPE)
    if events_of:
        if events_of == "*":
            return Feed("signal_events", None, ("",), ("",), (*SIGNAL_ENVELOPE, *FIELDS_OF_KINDS))
        return Feed("signal_events", events_of, ("",), ("",), SIGNAL_ENVELOPE)
    if messages_of:
        return Feed("feedback_events", messages_of, ("",), ("",))
    raise ValueError("say where the rows come from: changes_of, objects_of, events_of or messages_of")


def silver_table(
    contract: Contract,
    description: str | None,
    *,
    changes_of: str | None = None,
    objects_of: str | None = None,
    events_of: str | None = None,
    messages_of: str | None = None,
) -> AssetsDefinition:
    """The asset of a silver table, and of its history where the contract asks for one.

    Args:
        contract: what the table holds.
        description: the docstring of the module that declares it.
        changes_of: the ERP table whose changes it follows; or
        objects_of: the PIM class whose objects it follows; or
        events_of: the kind of signals it holds, ``*`` for all; or
        messages_of: the kind of feedback it holds.
    """
    feed = _feed(changes_of, objects_of, events_of, messages_of)
    key = ["silver", contract.name]
    FEEDS[contract.name] = feed
    FOLLOWED.setdefault(feed.bronze, set()).add(feed.source)
    if changes_of:
        declare_fields(changes_of, contract)
    specs = [_spec(contract, feed, description)]
    if contract.history == "scd2":
        past = history_contract(contract)
        specs.append(_spec(past, feed, past.description))

    @multi_asset(name=f"silver__{contract.name}", specs=specs, check_specs=check_specs(contract))
    def silver_asset(context: AssetExecutionContext, lake: LakeParam):
        run_id = context.run.run_id
        session = lake.session(context.run)
        in_full = asks_for_silver(context.run.tags)
        done = bring_up(lake, session, contract, feed, context.run.tags)
        if done.rebuilt and not in_full:
            context.log.warning(f"{contract.name}: bronze's log no longer reaches back; rebuilt in full")
        if done.batch.tied:
            context.log.warning(_about_ties(contract, done))
        for note in done.notes:
            context.log.warning(note)
        show_dead_letters(lake.lake(), run_id, done.batch.dead)
        yield MaterializeResult(
            asset_key=key,
            metadata={
                "rows_in": done.batch.read,
                "rows_out": done.batch.applied,
                "deleted": done.batch.deleted,
                "superseded": done.batch.superseded,
                "duplicates": done.batch.duplicate,
                "tied": done.batch.tied,
                "dead_letters": done.batch.dead,
                "delta_version": done.version,
                "read_version": done.read_version,
                "rebuilt": done.rebuilt,
                "seconds": round(done.seconds, 3),
                **_about_personal_data(contract, lake.pseudonym_key),
            },
            check_results=list(with_snoozes(lake.lake(), run_checks(lake, contract, feed, done))),
        )
        if contract.history == "scd2":
            migrate = any(name.startswith(f"silver/{contract.name}") for name in to_migrate(context.run.tags))
            yield history_result(lake, session, contract, feed, in_full=in_full, migrate=migrate)

    return silver_asset


def _about_ties(contract: Contract, done: "Refreshed") -> str:
    """What the run says of rows that state different things of one key at one position."""
    return (
        f"{contract.name}: {done.batch.tied:,} rows state something else than another row of their key and position "
        f"(first: {'; '.join(done.tied) or 'personal keys'}); the later delivery stands. Give the source a watermark "
        "that orders its changes, or a key that tells its rows apart"
    )


def _about_personal_data(contract: Contract, key: str | None) -> dict[str, str]:
    """What the asset's page says about columns that hold personal data."""
    if not any(column.personal for column in contract.columns):
        return {}
    if key:
        return {"personal_data": f"pseudonyms of the key {key_name(key)}"}
    return {"personal_data": "left out: set LACQUER_PSEUDONYM_KEY, then run `lacquer rebuild --silver`"}


def _spec(contract: Contract, feed: Feed, said: str | None) -> AssetSpec:
    return table_spec(
        contract,
        [AssetKey(["bronze", feed.bronze])],
        said,
        group="silver",
        kinds={"delta", "duckdb"},
        code_version=sha256(parse_sql(contract, feed, "bronze").encode()).hexdigest()[:12],
    )
