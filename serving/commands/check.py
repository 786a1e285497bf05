"""`lacquer check`: is what readers see sound? Every published table, at its published version; nothing is written."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, command, current_settings

if TYPE_CHECKING:
    from rich.console import Console

    from lake.lakehouse import Lake
    from lake.silver.integrity import Finding


@dataclass(frozen=True)
class Checked:
    """One check of one table, and what it found in words."""

    table: str
    check: str
    passed: bool
    words: str
    is_snoozed: bool = False


def check(lake: LakeOption = None) -> None:
    """Check the published state of every table: keys, references, schemas, the balance of rows, gold's own tests.

    Reads only, and only what is published; a run that is under way is not disturbed. Ends with exit code 1 when
    something is wrong.

    [bold]Examples[/bold]

    lacquer check

    lacquer check --lake lakes/wholesaler
    """
    from rich.console import Console

    from lake.lakehouse import Lake
    from serving.runs.graph import unread_files
    from serving.runs.progress import progress_on

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    refuse_damage(store)
    if not store.published():
        fail(f"nothing is published in {store.root} yet, so there is nothing to check: begin with lacquer run")
    found: list[Checked] = []
    with progress_on(Console(stderr=True), steps=4) as progress:
        for step, checks in _steps(store, current_settings().allowed_bad_share):
            began = time.monotonic()
            progress.started(step)
            new = list(checks())
            found += _with_snoozes(store, new)
            progress.finished(step, time.monotonic() - began, {"checks": len(new)})
    _show(found, Console())
    _show_reasons(store)
    for words in (*unread_files(store), *_unfollowed(store)):
        print(f"warning: {words}")
    if wrong := sum(not one.passed and not one.is_snoozed for one in found):
        fail(f"{wrong} of {len(found)} checks failed on {store.root}")


def refuse_damage(store: "Lake") -> None:
    """End the command where a table cannot be read whole: one line per damaged table, and what makes it again."""
    from lake.repair.damage import examine, summary

    if damages := examine(store).damages:
        lines = "\n       ".join(summary(damages))
        fail(f"{lines}\n       {command()} repair --lake {store.root} makes damaged tables again")


def _with_snoozes(store: "Lake", found: list[Checked]) -> list[Checked]:
    """The checks, those that fail and are snoozed with who and why."""
    from assets.snoozing import NEVER
    from lake.journals.snoozes import standing_snoozes

    standing = standing_snoozes(store, dt.datetime.now(dt.UTC).date())
    return [
        replace(one, is_snoozed=True, words=f"{one.words}; {standing[one.table, one.check]}")
        if not one.passed and one.check not in NEVER and (one.table, one.check) in standing
        else one
        for one in found
    ]


def _unfollowed(store: "Lake") -> Iterator[str]:
    """Sources that lie in bronze and that no silver table follows."""
    from assets.bronze import DOORS
    from assets.bronze.fields import unfollowed
    from lake.ingest.balance import rows_by_source

    for name, (contract, _) in sorted(DOORS.items()):
        table = store.table(contract)
        if table.exists():
            yield from unfollowed(name, rows_by_source(table, table.version()))


def _steps(store: "Lake", allowed: float) -> list[tuple[str, Callable[[], Iterable[Checked]]]]:
    versions = store.published()
    return [
        ("bronze", lambda: bronze_checks(store, versions)),
        ("silver", lambda: balance_checks(store, versions)),
        ("contracts", lambda: contract_checks(store, versions, allowed)),
        ("gold", lambda: gold_checks(store, versions, allowed)),
    ]


def bronze_checks(store: "Lake", versions: dict[str, int]) -> Iterator[Checked]:
    """Each landed line is a row or a dead letter; the ledger counts what has landed, whether published yet or not."""
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.bronze import STREAMS
    from lake.dead_letters import DEAD_LETTERS, count_dead_letters, revived_at
    from lake.delta.table import Table
    from lake.delta.views import reading_connection
    from lake.ingest.landing.ledger import read_ledger

    for name in sorted(STREAMS):
        table = Table(store.path(f"bronze/{name}"))
        if table.name not in versions:
            continue
        lines, rows = read_ledger(store, table).lines, table.row_count(table.version())
        letters, revived = store.table(DEAD_LETTERS), revived_at(table.snapshot())
        dead = count_dead_letters(reading_connection(), letters, table.name, revived=revived)
        words = f"{lines} landed lines: {rows} rows + {dead} dead letters"
        yield Checked(table.name, "balance", lines == rows + dead, words)


def contract_checks(store: "Lake", versions: dict[str, int], allowed: float) -> Iterator[Checked]:
    """What each contract promises, whatever wrote the table: schema, keys, nulls, bounds, values, references."""
    from assets.checks import every_contract, reference_name
    from lake.contract_checks import contract_findings
    from lake.silver.integrity import references

    for key, contract in sorted(every_contract().items()):
        if key not in versions:
            continue
        for name, found in contract_findings(store.table(contract), contract, versions[key]).items():
            yield _from(key, name, found)
        for column, target in contract.references.items():
            found = references(store, versions, contract, column, target)
            share = found.numbers["dangling"] / found.numbers["rows"] if found.numbers["rows"] else 0.0
            is_empty = not found.numbers["known"]  # nobody delivers that table
            words = f"{found.words} ({f'{target} has no rows at all' if is_empty else f'allowed: {allowed:.1%}'})"
            yield Checked(key, reference_name(column, target), is_empty or share <= allowed, words)


def balance_checks(store: "Lake", versions: dict[str, int]) -> Iterator[Checked]:
    """Each bronze row has one outcome in each silver table that reads it."""
    from assets.contracts import declared_contracts
    from assets.silver import FEEDS
    from lake.silver import integrity

    for contract in declared_contracts("assets.silver"):
        table = store.table(contract)
        version = versions.get(table.name)
        if version is None:
            continue
        balance = integrity.balance(store, table, contract, FEEDS[contract.name], version)
        # A run that has not been published may have refused more rows since.
        known = table.version() == version or balance.numbers["dead_letters"] < balance.numbers["dead"]
        even = balance.numbers["read"] == balance.numbers["bronze_rows"]
        passed = balance.passed if known else even and integrity.tally_at(table, version).is_balanced
        yield Checked(table.name, "balance", passed, balance.words)


def gold_checks(store: "Lake", versions: dict[str, int], allowed: float) -> Iterator[Checked]:
    """The tests that gold's models declare, run by dbt over views of the published versions; then those of money."""
    from assets.money_checks import findings
    from resources.dbt.project import ManifestMissingError, load_manifest
    from resources.dbt.published import run_tests

    with explained(ManifestMissingError):
        manifest = load_manifest()
    for one in run_tests(store, versions, manifest):
        yield Checked(one.table, one.test, one.passed, one.words)
    if "gold/fct_order_line" in versions:
        for found in findings(store, versions, allowed):
            yield Checked("gold/fct_order_line", found.name, not found.is_error, found.words)


def _from(table: str, name: str, found: "Finding") -> Checked:
    return Checked(table, name, found.passed, found.words)


def _show_reasons(store: "Lake") -> None:
    """Say in two lines what is refused most often; dead letters are no fault of the lake."""
    from lake.dead_letters import DEAD_LETTERS
    from lake.ingest.reasons import VIEW, create_reasons_view

    key = store.table(DEAD_LETTERS).name
    if key not in (versions := store.published()):
        return
    con = store.connect({key: versions[key]})
    create_reasons_view(con)
    rows = con.execute(f"select letters, table_name || ': ' || reason from {VIEW}").fetchall()
    if rows:
        print(f"{sum(letters for letters, _ in rows):,} dead letters for {len(rows)} reasons, the first {rows[0][1]}")
        print(f'with examples and what to do: {command()} sql --lake {store.root} "from {VIEW}"')


def _show(found: Iterable[Checked], console: "Console") -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("table", "check", "", "what was found"):
        table.add_column(name, overflow="fold")
    for one in found:
        verdict = Text("ok", style="green") if one.passed else Text("failed", style="bold red")
        verdict = Text("snoozed", style="yellow") if one.is_snoozed else verdict
        table.add_row(Text(one.table), Text(one.check), verdict, Text(one.words))
    console.print(table)
