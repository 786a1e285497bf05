"""`lacquer override`: a person's own figure in a forecast's place, kept beside it."""

import datetime as dt
import math
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake

ReleaseArgument = Annotated[
    str | None, typer.Argument(metavar="RELEASE", help="The release. Without one, the overrides are listed.")
]
UnitsOption = Annotated[float | None, typer.Option(metavar="N", help="What will sell within the horizon.")]
HorizonOption = Annotated[
    int | None, typer.Option(metavar="DAYS", help="The horizon: 30, 60 or 90. Default: 30; of --withdraw, all of them.")
]
UntilOption = Annotated[str | None, typer.Option(metavar="DATE", help="Last origin it stands for, as 2026-03-31.")]
ByOption = Annotated[
    str | None, typer.Option(metavar="WHO", help="Who says so: a name or a role. It is kept and shown as given.")
]
WhyOption = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for whoever reads it later.")]
WithdrawOption = Annotated[bool, typer.Option("--withdraw", help="Take the release's standing overrides back.")]

_LIST = """
select release_id as release, horizon_days as days, round(units, 1) as units, from_origin as "from", until,
  made_by as "by", why,
  case when withdrawn_at is not null then 'withdrawn by ' || withdrawn_by
    when until < $newest then 'over'
    when row_number() over (
      partition by release_id, horizon_days, withdrawn_at is null order by made_at desc) > 1 then 'replaced'
    else 'stands' end as state,
  (select round(sum(added_units), 1) from {value} v where v.override_id = o.override_id) as added_units
from gold.forecast_overrides o
where $release::varchar is null or release_id = $release
order by made_at
"""


def override(
    release: ReleaseArgument = None,
    units: UnitsOption = None,
    until: UntilOption = None,
    by: ByOption = None,
    why: WhyOption = None,
    horizon: HorizonOption = None,
    withdraw: WithdrawOption = False,
    lake: LakeOption = None,
) -> None:
    """Put your own figure in a forecast's place, list such figures, or take them back.

    The forecast itself is not changed: both stand in mart_plan, side by side. Where an override stands, order
    quantities and the write-back to the PIM go by it, from the next run on. When its window has ended, override_value
    says whether it was nearer than the forecast: added_units is the error that it saved.

    An override stands for the forecasts from the newest one to the last whose origin is not after --until; of two, the
    later one stands.

    [bold]Examples[/bold]

    lacquer override R000397 --units 900 --until 2026-01-31 --by "Ada, sales" --why "tour in January"

    lacquer override

    lacquer override R000397 --withdraw --by "Ada, sales" --why "tour cancelled"
    """
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    published = store.published() if store.root.is_dir() else {}
    if "gold/forecasts" not in published:
        fail(f"nothing is forecast in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    con = store.connect(published)
    newest: dt.date = con.execute("select max(origin) from gold.forecasts").fetchall()[0][0]
    if withdraw:
        _withdraw(store, con, newest, _given(release, "RELEASE"), horizon, _given(by, "--by"), _given(why, "--why"))
    elif units is not None:
        wanted = (_given(release, "RELEASE"), horizon or 30, units, _given(until, "--until"))
        _add(store, con, newest, *wanted, _given(by, "--by"), _given(why, "--why"))
    elif any(given is not None for given in (until, by, why)):
        fail("--units is missing: give what will sell within the horizon, or --withdraw to take an override back")
    else:
        _list(con, newest, release)


def _given(value: str | None, name: str) -> str:
    if value is None or not value.strip():
        fail(f"{name} is missing: an override says which release, who, why and until when (lacquer override --help)")
    return value.strip()


def _add(
    store: "Lake",
    con: "duckdb.DuckDBPyConnection",
    newest: dt.date,
    release: str,
    horizon: int,
    units: float,
    until: str,
    by: str,
    why: str,
) -> None:
    from lake.journals.overrides import KEY, Override, add_override

    if not math.isfinite(units) or units < 0:
        fail(f"--units {units}: give a number, 0 or more")
    last = _date(until)
    if last < newest:
        fail(f"--until {last}: the newest forecast is of {newest} already; give that day or a later one")
    found = con.execute(
        "select units_p50 from gold.forecasts where origin = $1 and release_id = $2 and horizon_days = $3",
        [newest, release, horizon],
    ).fetchall()
    if not found:
        fail(_not_forecast(con, newest, release, horizon))
    version = add_override(store, Override(release, horizon, units, newest, last, by, why))
    store.publish({KEY: version}, "override")
    print(
        f"{release}, {horizon} days: {units:g} units stand beside the forecast's {found[0][0]:.1f}, for origins from "
        f"{newest} to {last}; mart_plan and the PIM follow with the next lacquer run"
    )


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        fail(f"--until {text}: a date as 2026-03-31 is needed")


def _not_forecast(con: "duckdb.DuckDBPyConnection", newest: dt.date, release: str, horizon: int) -> str:
    rows = con.execute("select distinct release_id, horizon_days from gold.forecasts where origin = $1", [newest])
    known = rows.fetchall()
    if horizons := sorted(days for one, days in known if one == release):
        return f"{release} is not forecast over {horizon} days; it is over {', '.join(map(str, horizons))}"
    near = get_close_matches(release, {one for one, _ in known})
    hint = f"did you mean {' or '.join(near)}?" if near else "lacquer sql 'from forecasts' lists what is"
    return f"{release} has no forecast of {newest}: {hint}"


def _withdraw(
    store: "Lake",
    con: "duckdb.DuckDBPyConnection",
    newest: dt.date,
    release: str,
    horizon: int | None,
    by: str,
    why: str,
) -> None:
    from lake.journals.overrides import KEY, withdraw_overrides

    found = []
    if KEY in store.published():
        found = con.execute(
            "select override_id, horizon_days from gold.forecast_overrides where release_id = $1 and until >= $2 "
            "and withdrawn_at is null and ($3::int is null or horizon_days = $3) order by all",
            [release, newest, horizon],
        ).fetchall()
    if not found:
        fail(f"{release}: no such override stands; lacquer override lists all")
    version = withdraw_overrides(store, [one for one, _ in found], newest, by, why)
    store.publish({KEY: version}, "override")
    print(f"{release}: {len(found)} withdrawn; mart_plan and the PIM follow with the next lacquer run")


def _list(con: "duckdb.DuckDBPyConnection", newest: dt.date, release: str | None) -> None:
    from lake.journals.overrides import KEY
    from serving.commands.rows import Format, write_rows

    every = "select table_name from information_schema.tables where table_catalog = current_database()"
    tables = {name for (name,) in con.execute(every).fetchall()}
    if KEY.split("/")[1] not in tables:
        print("no override was ever made; lacquer override --help says how")
        return
    value = (
        "gold.override_value"
        if "override_value" in tables
        else "(select '' as override_id, null::double as added_units)"
    )
    write_rows(con.execute(_LIST.format(value=value), {"newest": newest, "release": release}), Format.table)
