"""`lacquer alerts`: the short list of what just happened, and what people do about it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.commands.alert_rules import as_date, replay_rule, show_rules
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    from lake.lakehouse import Lake

HELP = """What just happened, ranked by money, each with a next step; without a subcommand, the open alerts.

[bold]Examples[/bold]

lacquer alerts

lacquer alerts ack 1f0c2a --by ana --why "ordered 300"

lacquer alerts snooze 1f0c2a --by ana --why "delivery is under way" --when "available > 20"

lacquer alerts test stock_out --from 2025-12-01 --to 2025-12-31
"""
alerts = typer.Typer(no_args_is_help=False, help=HELP)

AlertArgument = Annotated[str, typer.Argument(metavar="ALERT", help="The alert_id that `lacquer alerts` shows.")]
ByOption = Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so: a name or a role.")]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads it later.")]
AllOption = Annotated[bool, typer.Option("--all", help="Resolved, acknowledged and snoozed ones as well.")]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=365, help="Days until it expires.")]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Last day of the snooze, as 2026-03-31.")
]
WhenOption = Annotated[
    str | None,
    typer.Option("--when", metavar="EXPRESSION", help="Condition that ends the snooze, as in available < 5."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Alerts that are shown.")]

_LIST = """
select a.alert_id, a.priority, a.stake, a.state, a.opened_on as opened, coalesce(r.title, a.release_id) as release,
  a.message, a.next_step
from gold.alerts a left join silver.releases r using (release_id)
where $everything or a.state = 'open' order by a.rank limit $limit
"""


@alerts.callback(invoke_without_command=True)
def _default(context: typer.Context, lake: LakeOption = None) -> None:
    if context.invoked_subcommand is None:
        list_alerts(everything=False, limit=20, lake=lake)


@alerts.command("list")
def list_alerts(everything: AllOption = False, limit: LimitOption = 20, lake: LakeOption = None) -> None:
    """List alerts, the most urgent money first: `lacquer alerts list --all --limit 50`."""
    from serving.commands.rows import Format, write_rows
    from serving.queries.published import open_published

    con = open_published(chosen_lake(lake))
    _check_published(_lake(lake))
    write_rows(con.execute(_LIST, {"everything": everything, "limit": limit}), Format.table)


@alerts.command()
def ack(alert: AlertArgument, by: ByOption, why: WhyOption, days: DaysOption = 7, lake: LakeOption = None) -> None:
    """Acknowledge an alert: `lacquer alerts ack 1f0c --by ana --why "ordered 300"`.

    It opens again if the incident lasts longer than --days.
    """
    _act(lake, alert, "acknowledged", by, why, until=_newest(lake) + dt.timedelta(days=days))


@alerts.command()
def snooze(
    alert: AlertArgument,
    by: ByOption,
    why: WhyOption,
    until: UntilOption = None,
    when: WhenOption = None,
    lake: LakeOption = None,
) -> None:
    """Silence an alert until a day or until a condition holds: `--until 2026-03-31`, `--when "available < 5"`."""
    if until is None and when is None:
        fail("give --until DATE or --when EXPRESSION, or both: a snooze without an end would hide the incident")
    if when is not None:
        from ml.alerts.expressions import ExpressionError, compiled
        from ml.alerts.facts import COLUMNS

        with explained(ExpressionError):
            compiled(when, COLUMNS)
    _act(lake, alert, "snoozed", by, why, until=as_date(until, "--until"), condition=when)


@alerts.command()
def resolve(alert: AlertArgument, by: ByOption, why: WhyOption, lake: LakeOption = None) -> None:
    """Resolve an alert. It opens again only if the incident returns after it was over."""
    _act(lake, alert, "resolved", by, why)


@alerts.command()
def feedback(
    alert: AlertArgument,
    by: ByOption,
    useful: Annotated[bool, typer.Option("--useful/--useless", help="Whether it was worth reading.")],
    lake: LakeOption = None,
) -> None:
    """Say whether an alert was useful; alert_events keeps it."""
    _act(lake, alert, "feedback", by, "useful" if useful else "useless")


alerts.command("test")(replay_rule)
alerts.command("rules")(show_rules)


@alerts.command()
def deliver(lake: LakeOption = None) -> None:
    """Put what is new into the outbox and send what is due, to the channels of LACQUER_ALERT_CHANNELS.

    Failed runs and checks, stale tables and surges of dead letters become alerts first. Alerts that nobody took up
    go to the channel of `escalate_to`. Dagster's daemon does the same every minute; without one, call it after a run:
    a message leaves once, whoever calls.
    """
    from resources.database import Database
    from resources.delivery.channels import ChannelError, read_channels
    from resources.delivery.outbox import TABLES, counts
    from resources.delivery.sending import deliver_new
    from sensors.delivery import follow_runs
    from serving.options import current_settings
    from serving.runs.execution import dagster_instance

    store = _lake(lake)
    settings = current_settings(lake=store.root)
    if settings.alert_channels is None:
        fail("LACQUER_ALERT_CHANNELS names no file of channels; docs/how-to/act-on-alerts.md has an example")
    with explained(ChannelError, OSError):
        channels = read_channels(settings.alert_channels)
    with dagster_instance() as instance:
        follow_runs(instance, store, settings.alert_stale_hours)
    database = Database.from_settings(settings, TABLES)
    new, sent, failed = deliver_new(store, database, channels)
    print(f"{new} new messages, {sent} sent, {failed} refused; in the outbox: {counts(database)}")
    if failed:
        raise typer.Exit(1)


def _lake(lake: str | None) -> "Lake":
    from lake.lakehouse import Lake

    with explained(ValueError):
        return Lake(chosen_lake(lake))


def _check_published(store: "Lake") -> None:
    if "gold/alerts" not in store.published():
        fail(f"no alerts are published in {store.root} yet: finish a run with lacquer run --lake {store.root}")


def _newest(lake: str | None) -> dt.date:
    from lake.journals.alerts import read_events

    return read_events(_lake(lake))[1] or dt.datetime.now(dt.UTC).date()


def _act(lake: str | None, alert: str, kind: str, by: str, why: str, **more: Any) -> None:
    from resources.alerting import act

    store = _lake(lake)
    _check_published(store)
    with _one_line():
        one = act(store, alert, kind, by, why, **more)
    print(f"{one.alert_id} is {one.state}" + (f" until {one.until}" if one.until else ""))


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except (LookupError, ValueError) as error:
        fail(str(error.args[0]))
