"""`lacquer snooze`: a check whose failure is known does not stop runs until a day."""

import datetime as dt
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    from lake.lakehouse import Lake

LONGEST = 90  # days
TableArgument = Annotated[str | None, typer.Argument(metavar="TABLE", help="The table, as gold/forecasts.")]
CheckArgument = Annotated[str | None, typer.Argument(metavar="CHECK", help="The check, as the run or the UI calls it.")]
UntilOption = Annotated[
    str | None, typer.Option(metavar="DATE", help=f"Last day that it is snoozed, UTC; at most {LONGEST} days ahead.")
]
ByOption = Annotated[str | None, typer.Option(metavar="WHO", help="Who says so. It is kept and shown as given.")]
WhyOption = Annotated[str | None, typer.Option(metavar="TEXT", help="Why the failure is known and harmless till then.")]
EndOption = Annotated[bool, typer.Option("--end", help="End the check's snooze now.")]
_LIST = """
select table_name as "table", check_name as "check", until, snoozed_by as "by", why,
  case when ended_at is not null then 'ended by ' || ended_by when until < $on then 'over' else 'stands' end as state
from journal order by snoozed_at
"""


def snooze(
    table: TableArgument = None,
    check: CheckArgument = None,
    until: UntilOption = None,
    by: ByOption = None,
    why: WhyOption = None,
    end: EndOption = False,
    lake: LakeOption = None,
) -> None:
    """Put off a check whose failure is known: it is still shown, and stops no run until the day you name.

    Without arguments the snoozes are listed. Checks of the balance of rows and of schemas cannot be snoozed, tests of
    dbt models neither. Every snooze stays on record in the table check_snoozes.

    [bold]Examples[/bold]

    lacquer snooze silver/order_lines release_id_in_releases --until 2026-12-15 --by "Ada" --why "PIM imports on Monday"

    lacquer snooze silver/order_lines release_id_in_releases --end --by "Ada"

    lacquer snooze
    """
    from lake.journals.snoozes import KEY, Snooze, add_snooze, end_snoozes, standing_snoozes
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    today = dt.datetime.now(dt.UTC).date()
    if table is None:
        _show(store, today)
        return
    wanted = table, _known(table, _given(check, "CHECK"))
    if end:
        if wanted not in standing_snoozes(store, today):
            fail(f"{table}: check {wanted[1]} is not snoozed")
        store.publish({KEY: end_snoozes(store, *wanted, _given(by, "--by"), today)}, "snooze")
        print(f"{table}: a failure of {wanted[1]} stops runs again")
        return
    last = _day(_given(until, "--until"), today)
    made = Snooze(*wanted, last, _given(by, "--by"), _given(why, "--why"))
    store.publish({KEY: add_snooze(store, made)}, "snooze")
    print(f"{table}: {wanted[1]} is {made}")


def _given(value: str | None, name: str) -> str:
    if value is None or not value.strip():
        fail(f"{name} is missing: a snooze says which table and check, until when, who and why (lacquer snooze --help)")
    return value.strip()


def _day(text: str, today: dt.date) -> dt.date:
    try:
        last = dt.date.fromisoformat(text)
    except ValueError:
        fail(f"--until {text}: a date as 2026-03-31 is needed")
    if not today <= last <= today + dt.timedelta(days=LONGEST):
        fail(f"--until {last}: give a day from {today} to {today + dt.timedelta(days=LONGEST)}")
    return last


def _known(table: str, check: str) -> str:
    """The check's name, when there is such a check that may be snoozed."""
    checks = snoozable()
    if table not in checks:
        near = get_close_matches(table, checks, 1)
        fail(f"no table {table} has checks that can be snoozed{f'; did you mean {near[0]}?' if near else ''}")
    if check not in checks[table]:
        fail(f"{table}: {check} cannot be snoozed; of this table {', '.join(sorted(checks[table]))} can")
    return check


def snoozable() -> dict[str, set[str]]:
    """By table, the checks that may be snoozed: of contracts, of loads, of money."""
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.bronze import BAD_SHARE, STREAMS
    from assets.checks import every_contract, reference_name
    from assets.money_checks import LINES, check_specs
    from assets.silver import FEEDS
    from assets.snoozing import NEVER
    from lake.contract import CONTRACT_CHECKS

    found = {
        key: {*CONTRACT_CHECKS, *(reference_name(*one) for one in contract.references.items())}
        for key, contract in every_contract().items()
    }
    for name in STREAMS:
        found.setdefault(f"bronze/{name}", set()).add(BAD_SHARE)
    for name in FEEDS:
        found[f"silver/{name}"] |= {BAD_SHARE, "not_emptied"}
    found.setdefault("/".join(LINES.path), set()).update(spec.name for spec in check_specs())
    return {table: checks - set(NEVER) for table, checks in found.items()}


def _show(store: "Lake", today: dt.date) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from lake.journals.snoozes import SNOOZES

    rows = store.journal(SNOOZES).select(_LIST, {"on": today})
    if not rows:
        print("no check was ever snoozed")
        return
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("table", "check", "until", "by", "why", "state"):
        shown.add_column(name, overflow="fold")
    for row in rows:
        shown.add_row(*map(str, row))
    Console().print(shown)
