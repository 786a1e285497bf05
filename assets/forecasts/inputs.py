"""What the forecasting steps share: what they read, as frames of ``ml`` (``unique_id, ds, y``), and their version."""

import datetime as dt
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING
from zlib import crc32

from dagster import AssetKey, AssetSpec

from assets.code_versions import step_version
from assets.contracts import table_spec
from assets.forecasts.inputs_sql import (
    CATALOGUE_SQL,
    PRE_ORDERS_SQL,
    PRICES_SQL,
    SALES_SQL,
    SIGNALS_SQL,
    SOUND_SQL,
    SPAN_SQL,
    STOCK_OUTS_SQL,
    STOCK_SQL,
)
from assets.table_inputs import Input, pinned
from assets.table_inputs import read_inputs as read_frames
from lake.contract import Contract
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from ml.forecasting.boosting import Settings
    from ml.forecasting.facts import Facts
    from ml.forecasting.history import History

SALES = "gold/fct_sales_day"
RELEASES = "silver/releases_history"
STOCK, PRICES, SIGNALS = "gold/fct_inventory_snapshot", "silver/prices_history", "gold/fct_signal_day"
TRACKS, ANALYSES = "silver/tracks", "silver/audio_analyses"
LINES, CANCELLED = "gold/fct_order_line", "gold/int_cancelled_order"
CORRECTIONS = "gold/feedback_corrections"
INPUTS = (SALES, RELEASES, STOCK, PRICES, SIGNALS, TRACKS, ANALYSES, LINES, CANCELLED)


# Whatever the forecasts' functions are given, by argument name.
SALES_AND_CATALOGUE = {
    "sales": Input.sql(SALES_SQL, is_shared=True),
    "catalogue": Input.sql(CATALOGUE_SQL, is_shared=True),
}
LAUNCH_FACTS = {
    "stock": Input.sql(STOCK_SQL, is_shared=True),
    "stock_outs": Input.sql(STOCK_OUTS_SQL, is_shared=True),
    "sound": Input.sql(SOUND_SQL, is_shared=True),
    "pre_orders": Input.sql(PRE_ORDERS_SQL, is_shared=True),
}
FACTS = {
    **LAUNCH_FACTS,
    "prices": Input.sql(PRICES_SQL, is_shared=True),
    "signals": Input.sql(SIGNALS_SQL, is_shared=True),
}
REPORTS = Input.sql("from gold.feedback_corrections where is_used order by feedback_id", is_shared=True)
_SPAN = {"span": Input.sql(SPAN_SQL, is_shared=True)}


def house_currency(lake: Lake, versions: Mapping[str, int]) -> str | None:
    """The currency of the sales days' revenue; None where nothing has sold."""
    currency = read_frames(lake, versions, _SPAN)["span"]["currency"].item()
    return None if currency is None else str(currency)


def read_inputs(lake: Lake, session: "Session") -> "tuple[pl.DataFrame, pl.DataFrame]":
    """Daily gross sales (unique_id, ds, y, revenue) and the catalogue, at the session's versions."""
    frames = read_frames(lake, session.versions, SALES_AND_CATALOGUE)
    return frames["sales"], frames["catalogue"]


def read_facts(lake: Lake, session: "Session") -> "Facts":
    """What else is known of releases, at the session's versions; a source that has no rows is None."""
    from ml.forecasting.facts import known_facts

    return known_facts(**read_frames(lake, session.versions, FACTS))


def read_history(
    lake: Lake,
    session: "Session",
    origin: dt.date,
    threads: int,
    settings: "Settings | None" = None,
    *,
    with_feedback: bool = False,
) -> "History":
    """Sales, catalogue and facts up to the origin as a history; the steps of a run that follow each other share it.

    `with_feedback` corrects the sales by the reports that were made by the origin. Only the last history is kept:
    it is as large as the sales, with what has been computed from them.
    """
    from ml.forecasting.corrections import corrected
    from ml.forecasting.forecaster import default_settings, open_history

    settings = settings or default_settings(num_threads=threads)
    reports = _corrections(lake, session, origin) if with_feedback else None
    used = () if reports is None else tuple(reports.rows())
    made_of = (pinned(lake, session.versions, INPUTS), origin, settings, used)
    with _history_lock:
        if made_of not in _history:
            _history.clear()
            sales, catalogue = read_inputs(lake, session)
            sales = sales if reports is None else corrected(sales, reports)
            facts = read_facts(lake, session).until(origin)
            _history[made_of] = open_history(sales.filter(sales["ds"] <= origin), catalogue, settings, facts)
        return _history[made_of]


def _corrections(lake: Lake, session: "Session", origin: dt.date) -> "pl.DataFrame":
    """Reports that are used, made by the origin."""
    import polars as pl

    used = read_frames(lake, session.versions, {"reports": REPORTS})["reports"]
    return used.filter(pl.col("reported_on") <= origin)


_history: "dict[tuple[object, ...], History]" = {}
_history_lock = Lock()


def forget_history() -> None:
    """Let the history go: no step that follows needs it."""
    _history.clear()


def days_out_of_stock(
    releases: "pl.Series", stock_outs: "pl.DataFrame | None", origin: dt.date, days: int = 90
) -> "pl.DataFrame":
    """[release_id, days_out_of_stock_90] of the last days up to the origin; null where no stock is known of any."""
    import polars as pl

    each = releases.unique().to_frame("release_id")
    if stock_outs is None:
        return each.with_columns(days_out_of_stock_90=pl.lit(None, pl.Int32))
    recent = stock_outs.filter(pl.col("ds").is_between(origin - dt.timedelta(days=days - 1), origin))
    counted = recent.group_by(pl.col("unique_id").alias("release_id")).agg(
        days_out_of_stock_90=pl.col("ds").n_unique().cast(pl.Int32)
    )
    return each.join(counted, on="release_id", how="left").with_columns(pl.col("days_out_of_stock_90").fill_null(0))


def forecasting_version() -> int:
    """The version of the forecasting code, of everything it imports and of the SQL that feeds it."""
    return step_version("ml.forecasting", "assets.forecasts.inputs_sql")


def fit_version(currency: str | None) -> int:
    """The same for what is fitted on revenue: another house currency makes other numbers."""
    return forecasting_version() ^ crc32((currency or "").encode())


def forecast_spec(contract: Contract, deps: Iterable[AssetKey], said: str | None) -> AssetSpec:
    """The asset of a table that the forecasting code writes."""
    return table_spec(
        contract,
        deps,
        said,
        group="forecasts",
        kinds={"lightgbm", "polars", "delta"},
        code_version=f"{forecasting_version():012x}",
    )
