"""`lacquer report`: the forecast's page, for all of a lake or for some releases."""

from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Where to. Default: LAKE/reports/forecast.html.")
]
ReleaseOption = Annotated[
    list[str] | None, typer.Option("--release", metavar="ID", help="Draw this release; may be given several times.")
]


def report(out: OutOption = None, release: ReleaseOption = None, lake: LakeOption = None) -> None:
    """Write the forecast's page: one HTML file that needs no network, to open in a browser or to send.

    It shows, of what is published: fan charts with their reasons, what changed, what to order first, how good the
    forecasts have been beside simple rules, whether the ranges can be trusted, new releases, and the worst misses.
    Every run writes it too; nothing is computed here.

    [bold]Examples[/bold]

    lacquer report

    lacquer report --release R000397 --release R000196 --out two-releases.html
    """
    from assets.forecasts.pages.figures import published_versions
    from assets.forecasts.pages.report import PLACE, page, write_page
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
