"""`lacquer alerts test` and `lacquer alerts rules`: what a rule would have found, and how rules fare."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    import duckdb

FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day that is replayed.")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day that is replayed.")]


def replay_rule(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Name of a rule.")],
    start: FromOption = None,
    end: ToOption = None,
    lake: LakeOption = None,
) -> None:
    """Replay history through one rule and show the alerts it would have opened; nothing is noted.

    The rule comes from LACQUER_ALERT_RULES or from those that Lacquer comes with, as strict as feedback has made it:
    `lacquer alerts test stock_out --from 2025-12-01 --to 2025-12-31`.
    """
    import polars as pl

    from ml.alerts.feedback import strictness
    from ml.alerts.hits import find_hits
    from ml.alerts.incidents import follow
    from ml.alerts.rules import RuleBook, RuleError
    from resources.alerting import alerting_of
    from serving.options import current_settings

    con, events = _published(lake)
    with explained(RuleError, OSError):
        book = alerting_of(current_settings()).rules()
        chosen = book.rule(rule)
    only = RuleBook(book.version, (chosen,), book.critical_above, book.high_above, book.medium_above)
    factors = strictness(events, book.strict_floor, book.strict_ceiling)
    hits = find_hits(con.sql("from gold.alert_facts").pl(), only, factors)
    first, last = as_date(start, "--from"), as_date(end, "--to")
    days = [
        day
        for day in con.sql("select distinct ds from gold.alert_facts order by ds").pl()["ds"]
        if (first is None or day >= first) and (last is None or day <= last)
    ]
    if not days:
        fail(
            f"no day from {start} to {end} has facts;"
            " `lacquer sql 'select min(ds), max(ds) from alert_facts'` shows which have"
        )
    found = list(follow(hits.filter(pl.col("ds") <= days[-1]), days, [], {rule: chosen.clear_days}, 1).alerts.values())
    for one in sorted(found, key=lambda one: (one.opened_on, one.release_id)):
        print(f"{one.opened_on}  {one.release_id}  {one.priority:8}  {one.stake:10,.2f}  {one.state:8}  {one.message}")
    print(f"{len(found)} alerts in {len(days)} days, {len(found) / len(days):.2f} a day")


def show_rules(lake: LakeOption = None) -> None:
    """Show how each rule fares: alerts, feedback, strictness, days until people acted.

    `strict` multiplies the thresholds of the rule: each alert called useless raises it by a tenth, each called useful
    lowers it, within the floor and the ceiling of the rules' file: `lacquer alerts rules`.
    """
    from ml.alerts.analytics import rule_analytics
    from ml.alerts.rules import RuleError
    from resources.alerting import alerting_of
    from serving.commands.rows import Format, write_rows
    from serving.options import current_settings

    con, events = _published(lake)
    with explained(RuleError, OSError):
        book = alerting_of(current_settings()).rules()
    con.register("rule_analytics", rule_analytics(events, book).to_arrow())
    write_rows(con.execute("from rule_analytics"), Format.table)


def as_date(text: str | None, option: str) -> dt.date | None:
    """The date of an option; ends the command for what is none."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text}: a date as 2026-03-01 is needed")


def _published(lake: str | None) -> "tuple[duckdb.DuckDBPyConnection, list[dict[str, Any]]]":
    """The published tables and the events of alerts."""
    from lake.journals.alerts import read_events
    from lake.lakehouse import Lake
    from serving.queries.published import open_published

    root = chosen_lake(lake)
    con = open_published(root)
    with explained(ValueError):
        store = Lake(root)
    if "gold/alerts" not in store.published():
        fail(f"no alerts are published in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    return con, read_events(store)[0]
