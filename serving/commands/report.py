"""`lacquer report`: the forecast's page, for all of a lake or for some releases; `report weekly`: a week in words."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake


class ReportLanguage(StrEnum):
    """What a weekly report is written in."""

    en = "en"
    de = "de"


OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Where to. Default: LAKE/reports/forecast.html.")
]
ReleaseOption = Annotated[
    list[str] | None, typer.Option("--release", metavar="ID", help="Draw this release; may be given several times.")
]
LabelOption = Annotated[str | None, typer.Option("--label", metavar="NAME", help="Only this label; its name or id.")]
ArtistOption = Annotated[
    str | None, typer.Option("--artist", metavar="NAME", help="Only this artist; the name or the id.")
]
WeekOption = Annotated[
    str | None,
    typer.Option("--week", metavar="WEEK", help="As 2026-W04 or a day in it. Default: the newest that has ended."),
]
LanguageOption = Annotated[ReportLanguage, typer.Option("--language", help="Of the sentences: en or de.")]
RephraseOption = Annotated[
    bool, typer.Option("--rephrase", help="Let the language model of the settings choose the words, not the numbers.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report with all its facts for programs.")]

HELP = """Write the forecast's page; with weekly, tell a week in words.

The page is one HTML file that needs no network, to open in a browser or to send. It shows, of what is published: fan \
charts with their reasons, what changed, what to order first, how good the forecasts have been beside simple rules, \
whether the ranges can be trusted, new releases, and the worst misses. Every run writes it too.

[bold]Examples[/bold]

lacquer report

lacquer report --release R000397 --release R000196 --out two-releases.html

lacquer report weekly --label "Amber Records" --week 2026-W04
"""
report = typer.Typer(no_args_is_help=False, help=HELP)


@report.command()
def weekly(
    label: LabelOption = None,
    artist: ArtistOption = None,
    week: WeekOption = None,
    language: LanguageOption = ReportLanguage.en,
    rephrase: RephraseOption = False,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Tell a week in words: what sold, what changed and why, forecasts and misses, open alerts, what to do.

    Each number is a fact read with SQL from the published state. With --rephrase a language model chooses the words; it
    sees no number, and a wording that says anything else is replaced by the template.

    [bold]Examples[/bold]

    lacquer report weekly

    lacquer report weekly --artist "Velvet Foxes" --week 2026-01-20 --json

    lacquer report weekly --language de
    """
    from serving.options import current_settings
    from serving.queries.published import open_reader
    from serving.reports.narrative import weekly_narrative
    from serving.reports.rephrase import rephrased
    from serving.reports.subject import SubjectError, find_subject

    reader, _ = open_reader(chosen_lake(lake))
    with explained(SubjectError):
        told = weekly_narrative(reader, find_subject(reader, label, artist), week, language.value)
    if rephrase:
        from serving.copilot.suggest import Suggester

        suggester = Suggester.of(current_settings())
        if suggester is None:
            fail("--rephrase needs a language model: set LACQUER_LANGUAGE_MODEL_URL and LACQUER_LANGUAGE_MODEL")
        told = rephrased(told, suggester.model, suggester.budget)
    print(told.model_dump_json(indent=1) if as_json else "\n".join(told.lines()))


@report.callback(invoke_without_command=True)
def forecast_page(
    context: typer.Context, out: OutOption = None, release: ReleaseOption = None, lake: LakeOption = None
) -> None:
    """Write the forecast's page where no subcommand is named."""
    if context.invoked_subcommand is not None:
        return
    from assets.pages.figures import published_versions
    from assets.pages.report import PLACE, page, write_page
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    versions = published_versions(store) if store.root.is_dir() else {}
    if "gold/mart_plan" not in versions:
        fail(f"nothing is planned in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    if release:
        if out is None:
            fail("--release makes a page of its own: say where with --out, as in --out releases.html")
        _check(store.connect({"gold/mart_plan": versions["gold/mart_plan"]}), release)
    place = (out or store.root / PLACE).absolute()
    if place.is_dir():
        fail(f"--out {place}: that is a folder; name a file in it, as {place / 'forecast.html'}")
    with explained(OSError):
        write_page(place, page(store, versions, release or None))
    print(place)


def _check(con: "object", asked: list[str]) -> None:
    from difflib import get_close_matches
    from typing import cast

    import duckdb

    rows = cast(duckdb.DuckDBPyConnection, con).execute(
        "select distinct release_id from gold.mart_plan where origin = (select max(origin) from gold.mart_plan)"
    )
    known = {one for (one,) in rows.fetchall()}
    if not known:
        fail("nothing is forecast yet: the lake holds no sales")
    if unknown := [one for one in asked if one not in known]:
        near = get_close_matches(unknown[0], known)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        fail(f"{', '.join(unknown)}: not forecast at the newest origin{hint}")
