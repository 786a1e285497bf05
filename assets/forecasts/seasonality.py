"""One row per category, origin, component and period: what a category's year, week and holidays look like, as factors.

Prophet takes the daily sums of each category apart, as they were known at the origin, the last day with sales. The
forecasts do not rest on it: it is for planners, here and on the forecast's page. A category of which less than a year
and a half is known has none. It has a job of its own, weekly, and `lacquer seasonality`; without Prophet, which
`make prophet` installs, it is left out and says so.
"""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.code_versions import step_version
from assets.contracts import table_spec
from assets.derived import read_inputs
from assets.forecasts.aggregates.inputs import CATALOGUE, EVER, sales_by_region
from lake.contract import Column, Contract
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

GROUP = "seasonality"
NOT_INSTALLED = "Prophet is not installed; make prophet adds it"
NOTHING_SOLD = "nothing has sold yet"
CODE = "seasonality_code"
SEASONALITY = Contract(
    name="category_seasonality",
    layer="gold",
    grain="one row per category, origin, component and period",
    key=("category", "origin", "component", "position"),
    partition_by=("origin",),
    columns=(
        Column("category", "string", "genre; the format where no genre is stated; all: everything together"),
        Column("component", "string", "what repeats", allowed=("trend", "yearly", "weekly", "holidays")),
        Column(
            "position",
            "int32",
            "place of the period: month from the first (trend), day of the year, ISO weekday, or number of the holiday",
        ),
        Column("period", "string", "the period in words: 2025-11, 3 December, Monday, Boxing Day"),
        Column("effect", "float64", "factor on sales: of year, week and trend the mean is 1; of a holiday 1 is none"),
        Column("low", "float64", "lower end of eight in ten"),
        Column("high", "float64", "upper end of eight in ten"),
        Column("origin", "date", "last day whose sales were known"),
        Column("first_day", "date", "first day that was looked at"),
        Column("is_weekly", "bool", "whether it was looked at by weeks, for want of sales, so that it has no week"),
    ),
)
KEY = AssetKey(["gold", SEASONALITY.name])
_ASKED = {"sales": sales_by_region(EVER), "catalogue": CATALOGUE}
INPUTS = sorted({key for one in _ASKED.values() for key in one.tables})
SALES_AND_CATALOGUE_SQL = "; ".join(one.query for one in _ASKED.values())


def seasonality_version() -> int:
    """The version of the code of the seasons and of the SQL that feeds it."""
    return step_version("ml.seasonality", __name__)


@multi_asset(
    name="category_seasonality",
    specs=[
        table_spec(
            SEASONALITY,
            [AssetKey(key.split("/")) for key in INPUTS],
            __doc__,
            group=GROUP,
            kinds={"prophet", "delta"},
            code_version=f"{seasonality_version():012x}",
        )
    ],
)
def category_seasonality(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Take the categories apart as of the newest day, unless that is done."""
    store = lake.lake()
    session = lake.session(context.run)
    metadata = _made(store, session, lake.threads)
    if said := metadata.get("mode"):
        context.log.info(f"seasons of categories: {said}")
    yield MaterializeResult(asset_key=KEY, metadata=metadata)


def _made(store: "Lake", session: "Session", threads: int) -> dict[str, Any]:
    from ml.seasonality.categories import is_installed, seasons

    if not is_installed():
        return {"mode": f"skipped: {NOT_INSTALLED}"}
    if any(key not in session.versions for key in INPUTS):
        return {"mode": f"skipped: {NOTHING_SOLD}"}
    table = store.table(SEASONALITY)
    table.create()
    made_of = {f"of:{key}": session.versions[key] for key in INPUTS} | {CODE: seasonality_version()}
    told: dict[str, Any] = {"mode": "skipped: as it was"}
    if table.transactions(*made_of) != made_of:
        asked = read_inputs(store, session.versions, _ASKED)
        sales, catalogue = asked["sales"], asked["catalogue"]
        if sales.is_empty():
            return {"mode": f"skipped: {NOTHING_SOLD}"}
        origin: dt.date = sales["ds"].max()  # type: ignore[assignment]
        found, refused = seasons(sales, catalogue, origin, threads)
        rows = found.select(SEASONALITY.arrow_schema.names).to_arrow().cast(SEASONALITY.arrow_schema)
        table.overwrite(rows, [origin], made_of)
        told = {"mode": "made anew", "origin": str(origin), "rows": found.height, "left_out": refused}
    session.advance(table.name, table.version())
    return told | {"delta_version": table.version()}
