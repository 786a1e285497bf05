"""`lacquer replay`: judge dead letters again, after a contract or a door was mended, and take in those that pass now.

One run of the asset graph, asked by its tags (`assets/rebuilding.py`): the tables that refused, what follows from them,
publication. With --dry-run nothing is written.
"""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.rebuild import LANDING
from serving.commands.run import BACKTEST, OWN_DATA
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lake.lakehouse import Lake

DeadLettersOption = Annotated[bool, typer.Option("--dead-letters", help="What is to be replayed: the dead letters.")]
TableOption = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="TABLE", help="Only those of this table, as silver/orders; may be given again."),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would pass, and write nothing.")]
TopicOption = Annotated[
    str | None,
    typer.Option("--topic", metavar="TOPIC", help="Read this topic again instead, and take in what bronze lacks."),
]
FromOption = Annotated[
    str, typer.Option("--from", metavar="WHERE", help="With --topic: an offset, or a moment as 2026-03-29T01:30Z.")
]
OriginOption = Annotated[
    list[str] | None,
    typer.Option(
        "--origin",
        metavar="TABLE=ORIGIN",
        help="Let this server, database and schema of a table of the ERP count too; may be given again.",
    ),
]


def replay(
    dead_letters: DeadLettersOption = False,
    table: TableOption = None,
    dry_run: DryRunOption = False,
    topic: TopicOption = None,
    begin: FromOption = "0",
    origin: OriginOption = None,
    lake: LakeOption = None,
) -> None:
    """Judge dead letters again after a contract or a door was mended, and take in those that pass now.

    Only the letters are read, not all of bronze. A letter that is older than what stands overrides nothing. The same
    call again changes nothing. Readers see the old state until everything has passed its checks; what has landed since
    waits for the next lacquer run.

    Changes of a table that come from another server, database or schema than the first are held back as dead letters;
    --origin lets them count from now on. With --topic, messages that bronze has as a row or a dead letter are left
    alone, and what it lacks is taken in; silver follows with the next run.

    [bold]Examples[/bold]

    lacquer replay --dead-letters --dry-run

    lacquer replay --dead-letters --table silver/order_lines

    lacquer replay --dead-letters --origin orders=erp2/shop/public

    lacquer replay --topic shop.public.orders --from 2026-03-29
    """
    if topic is not None:
        from serving.commands.replay_topic import replay_topic

        if dead_letters or table or dry_run or origin:
            fail("--topic goes with --from and --lake only")
        replay_topic(topic, begin, lake)
        return
    from assets.rebuilding import REPLAY
    from lake.lakehouse import Lake
    from serving.runs.graph import run_graph

    began = time.monotonic()
    if not dead_letters:
        fail("say what is to be replayed: lacquer replay --dead-letters")
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.published():
        fail(f"nothing is published in {store.root} yet, so there is nothing to replay: begin with lacquer run")
    standing = _letters_of(store)
    chosen = _chosen(table, standing)
    if not chosen:
        print(f"no dead letters in {store.root}")
        return
    origins = [_origin(one) for one in origin or ()]
    if dry_run:
        _rehearse(store, chosen)
        return
    if origins:
        from lake.ingest.origins import note_origins

        note_origins(store, "bronze/erp_changes", origins)
    run_graph(
        store, OWN_DATA, began, tags={REPLAY: ",".join(chosen)}, leave_out=(*_untouched(chosen), *LANDING, *BACKTEST)
    )
    rest = _letters_of(store)
    for name in chosen:
        print(f"{name}: {standing.get(name, 0)} dead letters before, {rest.get(name, 0)} are left")


def _origin(asked: str) -> tuple[str, str]:
    """Table and origin of --origin."""
    source, _, origin = asked.partition("=")
    if not source or not origin:
        fail(f"--origin {asked}: name the table and the origin as its dead letters do, such as orders=erp2/shop/public")
    return source, origin


def _letters_of(store: "Lake") -> dict[str, int]:
    """How many dead letters each table has."""
    from lake.dead_letters import DEAD_LETTERS
    from lake.delta.views import reading_connection, snapshot_sql

    table = store.table(DEAD_LETTERS)
    if not table.exists():
        return {}
    sql = f"select table_name, count(*) from ({snapshot_sql(table.snapshot())}) group by all order by all"
    return dict(reading_connection().execute(sql).fetchall())


def _chosen(asked: "Iterable[str] | None", standing: dict[str, int]) -> list[str]:
    """The tables to replay: those asked for, by full or bare name, else all that have dead letters."""
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.bronze import DOORS
    from assets.silver import FEEDS

    known = [*(f"bronze/{name}" for name in sorted(DOORS)), *(f"silver/{name}" for name in sorted(FEEDS))]
    if not asked:
        return [name for name in known if name in standing]
    found = []
    for name in asked:
        match = [one for one in known if name in (one, one.split("/")[1])]
        if not match:
            fail(f"--table {name}: no table that refuses lines is called so; they are {', '.join(known)}")
        found += match
    return found


def _untouched(chosen: list[str]) -> tuple[str, ...]:
    """The tables of bronze and silver that stay as they are: neither chosen nor fed by a chosen one."""
    from assets.bronze import STREAMS
    from assets.contracts import declared_contracts
    from assets.silver import FEEDS

    with_history = {one.name for one in declared_contracts("assets.silver") if one.history == "scd2"}
    stay = [name for name, feed in FEEDS.items() if not {f"silver/{name}", f"bronze/{feed.bronze}"} & set(chosen)]
    bronze = [f"bronze/{name}" for name in STREAMS if f"bronze/{name}" not in chosen]
    histories = [f"silver/{name}_history" for name in stay if name in with_history]
    return (*bronze, *(f"silver/{name}" for name in stay), *histories)


def _rehearse(store: "Lake", chosen: list[str]) -> None:
    """Show what would become of the letters of each table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("table", "letters", "would pass", "of these", "refused still"):
        table.add_column(name, justify="right" if name in ("letters", "would pass") else "left", overflow="fold")
    for name in chosen:
        layer, bare = name.split("/")
        passed, fates, reasons = _door(store, bare) if layer == "bronze" else _silver(store, bare)
        refused = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
        cells = (name, f"{passed + sum(reasons.values()):,}", f"{passed:,}", fates, refused or "-")
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)
    print("nothing was written; without --dry-run those that pass are taken in")


def _door(store: "Lake", name: str) -> tuple[int, str, dict[str, int]]:
    from assets.bronze import DOORS
    from lake.ingest.replay import rehearse_door

    passed, refused = rehearse_door(store, *DOORS[name])
    return passed, "rows of bronze, for silver to judge" if passed else "-", _counted(refused.column("reason"))


def _silver(store: "Lake", name: str) -> tuple[int, str, dict[str, int]]:
    from assets.contracts import declared_contracts
    from assets.silver import FEEDS
    from lake.silver.replay import rehearse

    contract = next(one for one in declared_contracts("assets.silver") if one.name == name)
    key = current_settings().pseudonym_key
    fates, refused = rehearse(store, contract, FEEDS[name], pseudonym_key=key.get_secret_value() if key else None)
    named = ("applied", "deleted", "superseded", "duplicate")
    words = ", ".join(f"{getattr(fates, one)} {one}" for one in named if getattr(fates, one))
    return fates.read - fates.dead, words or "-", _counted(refused.column("reason"))


def _counted(reasons: "Iterable[object]") -> dict[str, int]:
    from collections import Counter

    return dict(Counter(str(reason) for reason in reasons).most_common())
