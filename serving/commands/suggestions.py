"""`lacquer suggestions`: what to try next, without what was dealt with, for one person or for all."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    import polars as pl

    from lake.lakehouse import Lake

HELP = """What may sell more, or make listings better; what was dismissed returns only when it has changed.

[bold]Examples[/bold]

lacquer suggestions --for ana

lacquer suggestions --of listings

lacquer suggestions dismiss 1f0c2a --by ana --why "the label says no"

lacquer suggestions done 1f0c2a --by ana --why "offered today"
"""
suggestions = typer.Typer(no_args_is_help=False, help=HELP)


class Of(StrEnum):
    """Which suggestions."""

    growth = "growth"
    listings = "listings"


TABLES = {Of.growth: "growth_actions", Of.listings: "listing_suggestions"}
OfOption = Annotated[Of, typer.Option("--of", help="Actions that may sell more, or what listings lack.")]
ForOption = Annotated[
    str | None,
    typer.Option(
        "--for", metavar="WHO", help="Rank by what this person carried out and dismissed: kinds, labels, countries."
    ),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Suggestions that are shown.")]
IdArgument = Annotated[str, typer.Argument(metavar="SUGGESTION", help="Its suggestion_id, or the beginning.")]
ByOption = Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so: a name or a role.")]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads it later.")]


@suggestions.callback(invoke_without_command=True)
def _list(
    context: typer.Context,
    of: OfOption = Of.growth,
    person: ForOption = None,
    limit: LimitOption = 20,
    lake: LakeOption = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    rows = _standing(_store(lake, TABLES[of]), TABLES[of], person)
    for row in rows.head(limit).iter_rows(named=True):
        print(f"{row['suggestion_id']}  {row['kind']}  {row['release_id']}  {row['next_step']}: {row['reason']}")
    print(f"{rows.height:,} suggestions stand")


@suggestions.command()
def dismiss(suggestion: IdArgument, by: ByOption, why: WhyOption, lake: LakeOption = None) -> None:
    """Hide a suggestion until its money moves by a quarter, its rules change, or its title does."""
    _act(suggestion, "dismissed", by, why, lake)


@suggestions.command()
def done(suggestion: IdArgument, by: ByOption, why: WhyOption, lake: LakeOption = None) -> None:
    """Say that a suggestion was carried out; it is hidden as a dismissed one, and such ones rank higher for you."""
    _act(suggestion, "done", by, why, lake)


def _act(suggestion: str, act: str, by: str, why: str, lake: str | None) -> None:
    from lake.journals.suggestions import note_act

    store = _store(lake, *TABLES.values())
    found: list[dict[str, Any]] = []
    for table in TABLES.values():
        if f"gold/{table}" in store.published():
            rows = _standing(store, table, None)
            found += [row for row in rows.iter_rows(named=True) if row["suggestion_id"].startswith(suggestion)]
    if len(found) != 1:
        fail(f"{suggestion}: {len(found)} suggestions that stand begin so; lacquer suggestions lists them")
    note_act(store, found[0], act, by.strip(), why.strip())
    print(f"{found[0]['suggestion_id']} is {act}")


def _standing(store: "Lake", table: str, person: str | None) -> "pl.DataFrame":
    """The suggestions of the table that stand, by rank, or by the rank for a person."""
    import duckdb

    from lake.journals.suggestions import KEY, SUGGESTION_ACTS
    from ml.decisions.personal import ranked_for
    from serving.queries.suggestions import suggestions_sql

    published = store.published()
    with explained(duckdb.Error):
        rows = store.connect(published).sql(suggestions_sql(table, has_acts=KEY in published)).pl()
    if person is None:
        return rows
    import polars as pl

    columns = ("act", "kind", "label_id", "territory")
    acts = [one for one in store.journal(SUGGESTION_ACTS).rows() if one["acted_by"] == person]
    own = [{name: one[name] for name in columns} for one in acts]
    return ranked_for(rows, pl.DataFrame(own, schema=dict.fromkeys(columns, pl.String)))


def _store(lake: str | None, *tables: str) -> "Lake":
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not any(f"gold/{table}" in (store.published() if store.root.is_dir() else {}) for table in tables):
        fail(f"no {tables[0]} is published in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    return store
