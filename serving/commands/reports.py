"""`lacquer reports`: reports that are mailed by the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.commands.report import ReportLanguage
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from resources.database import Database
    from resources.settings import Settings

HELP = """Reports that are mailed by the clock; without a subcommand, what is scheduled.

A mail holds the rows that its owner, a user of the dashboard, sees when it is sent. A running `lacquer serve` mails
what is due; without one let cron call `lacquer reports deliver`. LACQUER_MAIL_SERVER names the mail server.

[bold]Examples[/bold]

lacquer reports add "Sales for the board" --for ana --report weekly-sales --every week --on 1 --to board@example.org

lacquer reports add "Revenue by label" --for ana --metric net_revenue --by release__label_id --to ana@example.org

lacquer reports deliver
"""
reports = typer.Typer(no_args_is_help=False, help=HELP)


class Every(StrEnum):
    """How often a report is mailed."""

    day = "day"
    week = "week"
    month = "month"


class Form(StrEnum):
    """The file of a report of metrics."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Subject of the mails.")]
ForOption = Annotated[str, typer.Option("--for", metavar="USER", help="The user whose rows the mails hold.")]
ToOption = Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="Where to; may be repeated.")]
ReportOption = Annotated[str, typer.Option("--report", metavar="NAME", help="A template, such as weekly-sales.")]
MetricOption = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="NAME", help="Report metrics instead; may be repeated."),
]
BuyerOption = Annotated[str | None, typer.Option("--buyer", metavar="ID", help="The buyer of a buyer-sheet.")]
ByOption = Annotated[
    list[str] | None, typer.Option("--by", metavar="DIMENSION", help="Group the metrics; may be repeated.")
]
LastOption = Annotated[int, typer.Option("--last-days", min=1, max=3660, help="Days of the metrics.")]
EveryOption = Annotated[Every, typer.Option("--every", help="How often.")]
OnOption = Annotated[int, typer.Option("--on", min=1, max=28, help="Day: of a week, 1 is Monday; of a month, its day.")]
HourOption = Annotated[int, typer.Option("--hour", min=0, max=23, help="Hour of the clock in --zone.")]
ZoneOption = Annotated[str, typer.Option("--zone", metavar="ZONE", help="Time zone, such as Europe/Berlin.")]
LanguageOption = Annotated[ReportLanguage, typer.Option("--language", help="Of weekly-words: en or de.")]
FormOption = Annotated[Form, typer.Option("--format", help="File of a report of metrics; templates are PDF.")]


@reports.callback(invoke_without_command=True)
def _default(context: typer.Context, lake: LakeOption = None) -> None:
    if context.invoked_subcommand is None:
        _list(lake)


@reports.command()
def add(
    name: NameArgument,
    owner: ForOption,
    to: ToOption,
    report: ReportOption = "weekly-sales",
    metric: MetricOption = None,
    by: ByOption = None,
    last_days: LastOption = 30,
    every: EveryOption = Every.week,
    on: OnOption = 1,
    hour: HourOption = 6,
    zone: ZoneOption = "UTC",
    language: LanguageOption = ReportLanguage.en,
    form: FormOption = Form.xlsx,
    buyer: BuyerOption = None,
    lake: LakeOption = None,
) -> None:
    """Have a report mailed each day, week or month."""
    told: dict[str, Any] = {"name": name, "report": report, "every": every.value, "on": on, "hour": hour}
    told |= {"addresses": to, "form": form.value, "buyer_id": buyer, "zone": zone, "language": language.value}
    if metric:
        told |= {"report": "metrics", "question": {"metrics": metric, "group_by": by or [], "last_days": last_days}}
    with _accounts(lake) as (settings, database):
        _add(settings, database, owner, told)


def _add(settings: "Settings", database: "Database", owner: str, told: dict[str, Any]) -> None:
    from pydantic import ValidationError

    from serving.accounts.owners import user_of_name
    from serving.mailing.schedules import NewSchedule, ScheduleError, add_schedule

    with database.read() as con:
        who = user_of_name(con, owner)
    if who is None or not who.may("export"):
        fail(f"--for {owner}: no active user of that name who may take reports away")
    try:
        what = NewSchedule.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        fail(": ".join([*(str(one) for one in first["loc"][:1]), first["msg"].removeprefix("Value error, ")]))
    with explained(ScheduleError):
        made = add_schedule(database, who, what, settings.mail_domains)
    print(f"{made.schedule_id} goes out first at {made.next_at:%Y-%m-%d %H:%M} UTC")


@reports.command()
def remove(
    schedule: Annotated[str, typer.Argument(metavar="ID", help="The number that `lacquer reports` shows.")],
    lake: LakeOption = None,
) -> None:
    """Remove a scheduled report; what waits to be sent is not sent any more."""
    from serving.mailing.schedules import remove_schedule

    with _accounts(lake) as (_, database):
        if not remove_schedule(database, schedule, "command line"):
            fail(f"{schedule}: no scheduled report of that number; lacquer reports lists them")
    print(f"{schedule} is removed")


@reports.command()
def deliver(lake: LakeOption = None) -> None:
    """Mail what is due, once, whoever else calls. A running `lacquer serve` does the same every half minute."""
    from lake.lakehouse import Lake
    from serving.mailing.delivery import Post, deliver
    from serving.metrics.layer import MetricLayer
    from serving.queries.publications import Publications

    with _accounts(lake) as (settings, database):
        if settings.mail_server is None:
            fail("LACQUER_MAIL_SERVER names no mail server; docs/how-to/schedule-reports.md shows an example")
        publications = Publications(Lake(settings.lake))
        post = Post(database, publications, MetricLayer(), settings.mail_server.get_secret_value())
        new, sent, refused = deliver(post)
    print(f"{new} new mails, {sent} sent, {refused} refused")
    if refused:
        raise typer.Exit(1)


def _list(lake: str | None) -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from serving.mailing.delivery import last_message
    from serving.mailing.schedules import schedules

    shown = Table(Column("id", no_wrap=True, min_width=16), "name", "report", "for", "next", "to", "last mail")
    with _accounts(lake) as (_, database), database.read() as con:
        for one in schedules(con):
            last = last_message(con, one.schedule_id)
            state = " ".join(str(last[part]) for part in ("state", "error") if last.get(part))
            due = one.stopped or f"{one.next_at:%Y-%m-%d %H:%M}"
            row = (one.schedule_id, one.what.name, one.what.report, one.owner_name, due)
            shown.add_row(*row, ", ".join(one.what.addresses), state)
    Console().print(shown)


@contextmanager
def _accounts(lake: str | None) -> "Iterator[tuple[Settings, Database]]":
    """The settings, and the database of accounts."""
    if find_spec("fastapi") is None:
        fail("the packages of the server are not installed: make serve-tools")
    from resources.database import Database
    from serving.accounts.tables import metadata

    settings = current_settings(lake=chosen_lake(lake))
    database = Database.from_settings(settings, metadata())
    try:
        yield settings, database
    finally:
        database.close()
