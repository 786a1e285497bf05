"""Bronze: what landed or came through a topic, as it came.

One file per table: its contract, how its lines are understood, its asset.

No value is cast and no row is corrected here. To add a table, write a file with a contract from ``bronze_contract``, a
``Door`` and a call of ``bronze_table``.
"""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    asset,
)

from assets.bronze.fields import unfollowed
from assets.contracts import asset_metadata, grain_first, owners
from assets.rebuilding import asks_for_replay
from assets.snoozing import with_snoozes
from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS
from lake.delta.table import Table
from lake.ingest.balance import rows_by_source
from lake.ingest.bronze import DEAD, HELD, Landed, take_in
from lake.ingest.envelopes import Door
from lake.ingest.replay import replay_door
from lake.ingest.withdrawn import withdrawn_dead
from resources.lake import LakeParam, LakeResource
from resources.streams.connecting import Streams
from resources.streams.parameter import StreamsParam

if TYPE_CHECKING:
    from lake.ingest.streams.ingest import Progress
    from lake.lakehouse import Lake

BALANCE = "balance"
BAD_SHARE = "bad_share"
# Bronze table -> the landing stream that it takes in, and the door that it takes it in by; filled by `bronze_table`.
STREAMS: dict[str, str] = {}
DOORS: dict[str, tuple[Contract, Door]] = {}


def bronze_table(
    contract: Contract,
    stream: str,
    door: Door,
    *,
    deps: Sequence[AssetKey] = (),
    take: Callable[..., Landed] = take_in,
) -> AssetsDefinition:
    """The asset of a bronze table that takes in the files of a landing stream.

    Args:
        contract: the table's.
        stream: whose files it takes in.
        door: how their lines are understood.
        deps: assets that land files there.
        take: how files are taken in.
    """
    key = ["bronze", contract.name]
    STREAMS[contract.name] = stream
    DOORS[contract.name] = (contract, door)

    @asset(
        key=key,
        deps=deps,
        group_name="bronze",
        kinds={"delta", "duckdb"},
        owners=owners(contract),
        description=grain_first(contract, contract.description),
        metadata=asset_metadata(contract),
        code_version=sha256(door.sql("lines").encode()).hexdigest()[:12],
        check_specs=[
            AssetCheckSpec(BALANCE, asset=key, blocking=True, description="lines and messages = rows + dead letters"),
            AssetCheckSpec(
                BAD_SHARE,
                asset=key,
                blocking=True,
                description="dead letters of this load stay within the allowed share",
            ),
        ],
    )
    def bronze_asset(context: AssetExecutionContext, lake: LakeParam, streams: StreamsParam) -> MaterializeResult:
        store, run_id = lake.lake(), context.run.run_id
        session = lake.session(context.run)
        streamed = None
        if asks_for_replay(context.run.tags, "/".join(key)):
            landed = replay_door(store, session, contract, door)
        else:
            streamed = _read_topics(context, store, streams, stream)
            progress = partial(_log_progress, context)
            landed = take(store, session, contract, door, lake.landing(stream), progress)
        show_dead_letters(store, run_id, landed.dead + (streamed.dead if streamed else 0))
        beside = unfollowed(contract.name, rows_by_source(store.table(contract), landed.version))
        for note in (*landed.notes, *beside):
            context.log.warning(note)
        share = bad_share(key, *_since_published(store, "/".join(key), landed.version), lake)
        return MaterializeResult(
            metadata={
                "files": landed.files,
                **_counts(landed, streamed),
                "delta_version": landed.version,
                "rows_total": landed.total_rows,
                "seconds": round(landed.seconds, 3),
            },
            check_results=[_balance(landed), *with_snoozes(store, [share])],
        )

    return bronze_asset


def _read_topics(context: AssetExecutionContext, store: "Lake", streams: Streams, stream: str) -> "Progress | None":
    """Read the stream's topics first, so that the balance that the landed files end with holds their messages too."""
    from assets.bronze.streaming import read_for_run

    def progressed(done: "Progress") -> None:
        context.log.info(f"{done.messages:,} messages, lag {done.lag:,}")

    return read_for_run(streams, store, stream, progressed)


def _counts(landed: Landed, streamed: "Progress | None") -> dict[str, int]:
    """Lines in, rows out and dead letters of this run, files and topics together."""
    rows = landed.rows + (streamed.rows if streamed else 0)
    dead = landed.dead + (streamed.dead if streamed else 0)
    found = {"rows_in": rows + dead, "rows_out": rows, "dead_letters": dead}
    return found | ({"messages": streamed.messages, "lag": streamed.lag} if streamed else {})


def _log_progress(context: AssetExecutionContext, done: int, total: int) -> None:
    context.log.info(f"{done:,} of {total:,} bytes")


def _balance(landed: Landed) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=BALANCE,
        passed=landed.is_balanced,
        metadata={"lines": landed.total_lines, "rows": landed.total_rows, "dead_letters": landed.total_dead},
        description=f"{landed.total_lines} lines = {landed.total_rows} rows + {landed.total_dead} dead letters",
    )


def _since_published(store: "Lake", table_name: str, version: int) -> tuple[int, int]:
    """Dead letters and lines since the last publication: a bad load stays bad when the run is repeated.

    Lines that are held back, as another object has their key, are good lines of a conflict and stop nothing.
    """
    table = Table(store.path(table_name))
    published = store.published().get(table_name)
    dead, rows = _not_held(table, None), table.row_count(version)
    if published is not None:
        dead -= _not_held(table, published)
        rows -= table.row_count(published)
    # Fewer than before, where a replay took some in after all.
    dead = max(dead - withdrawn_dead(store, table_name, table_name), 0)
    return dead, dead + rows


def _not_held(table: Table, version: int | None) -> int:
    counts = table.transactions(DEAD, HELD, version=version)
    return counts.get(DEAD, 0) - counts.get(HELD, 0)


def show_dead_letters(store: "Lake", run_id: str, dead: int) -> None:
    """Let readers see new dead letters at once, also those of a run that is not published because of them."""
    if dead:
        table = store.table(DEAD_LETTERS)
        store.publish({table.name: table.version()}, run_id)


def bad_share(key: list[str], dead: int, read: int, lake: LakeResource) -> AssetCheckResult:
    """Fails when more than the allowed share, and number, of what was read since the last publication is dead."""
    share, allowed = dead / read if read else None, lake.allowed_bad_share
    return AssetCheckResult(
        check_name=BAD_SHARE,
        asset_key=key,
        passed=share is None or share <= allowed or dead <= lake.allowed_bad_rows,
        severity=AssetCheckSeverity.ERROR,
        metadata={"dead_letters": dead, "read": read, "allowed_share": allowed},
        description=(
            f"{dead} of {read} rows since the last publication are dead letters (allowed: {allowed:.1%}); see "
            "`from dead_letter_reasons`, mend the source or raise "
            "LACQUER_ALLOWED_BAD_SHARE or LACQUER_ALLOWED_BAD_ROWS"
            if dead
            else "no dead letters since the last publication"
        ),
    )
