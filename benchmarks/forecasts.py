"""`lacquer bench forecast`: the forecast beside the simple ones it has to beat, on the published gold of a lake.

The same origins, population and metrics as the run's backtest, computed anew; nothing is written. The last two origins
are held out and scored only when asked, once per release of the software: who looks at them more often tunes on them.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.facts import Facts
    from ml.forecasting.forecaster import Serving

COLUMNS = ("days", "model", "pinball", "WAPE", "WAPE of P50", "bias", "RMSSE", "P90 coverage", "width", "n", "serves")


def forecast_parts(
    lake: "Lake", *, holdout: bool, threads: int, told: Callable[[str], None], rivals: bool = False
) -> list[Part]:
    """The scores of units of active releases: all scored origins together and, with ``holdout``, the last two."""
    import polars as pl

    from ml.forecasting.backtest import backtest
    from ml.forecasting.forecaster import default_settings
    from ml.forecasting.metrics import evaluate
    from ml.forecasting.selection import cross_fitted, select_by_scores

    sales, catalogue, facts = _inputs(lake)
    began = time.perf_counter()
    frame = backtest(
        sales,
        catalogue,
        score_holdout=holdout,
        settings=default_settings(num_threads=threads),
        facts=facts,
        progress=lambda done, total, what: told(f"{done} of {total}: {what}"),
    )
    seconds = time.perf_counter() - began
    if frame.is_empty():
        raise BenchmarkError(
            f"the sales of {lake.root} are too short for an origin of the backtest: land a longer period"
        )
    scored = frame.filter(~pl.col("is_holdout"))
    scores = evaluate(scored) if len(scored) else None
    serving, at_origins = select_by_scores(scores), cross_fitted(scores, frame["origin"].unique().sort())
    parts = [_part("scored origins", scored, serving, at_origins, seconds)] if len(scored) else []
    if rivals:
        from benchmarks.forecast_rivals import rivals_part

        parts.append(rivals_part(frame, sales, at_origins, told))
    held = frame.filter(pl.col("is_holdout"))
    return parts + ([_part("held-out origins", held, serving, at_origins, seconds)] if len(held) else [])


def _inputs(lake: "Lake") -> "tuple[pl.DataFrame, pl.DataFrame, Facts]":
    from assets.forecasts.inputs import RELEASES, SALES, read_facts, read_inputs
    from resources.dbt.published import ReadOnly

    versions = lake.published()
    if missing := [key for key in (SALES, RELEASES) if key not in versions]:
        raise BenchmarkError(
            f"{' and '.join(missing)} not published in {lake.root}: finish a run with lacquer run --lake {lake.root}"
        )
    session = cast("Session", ReadOnly(versions))
    sales, catalogue = read_inputs(lake, session)
    if sales.is_empty():
        raise BenchmarkError(f"no sales in {lake.root}: land some with lacquer run --lake {lake.root}")
    return sales, catalogue, read_facts(lake, session)


def _part(
    which: str, frame: "pl.DataFrame", serving: "Serving", at_origins: "dict[dt.date, Serving]", seconds: float
) -> Part:
    import polars as pl

    from ml.forecasting.comparison import ratio_limits, served
    from ml.forecasting.metrics import evaluate
    from ml.forecasting.selection import serves

    units = frame.filter(pl.col("target") == "units")
    everything = pl.concat([units, served(units, at_origins)])
    scores = serves(evaluate(everything.drop("segment")), serving).filter(
        (pl.col("population") == "active") & pl.col("origin").is_null()
    )
    scores = scores.sort("horizon", "pinball", "model", nulls_last=True)
    origins = frame["origin"].unique().sort()
    listed = scores.to_dicts()
    return Part(
        title=f"forecast: units of active releases, {len(origins)} {which}, {origins[0]} to {origins[-1]}",
        columns=COLUMNS,
        rows=[_row(score) for score in listed],
        verdicts=[
            *_verdicts(ratio_limits(units, at_origins)),
            "'served': at each origin by the choice that was made without it; 'serves': the choice on all of them",
            f"the whole backtest took {seconds:.1f} s; windows overlap, so origins are not independent",
        ],
        measured=listed,
    )


def _row(score: dict[str, Any]) -> tuple[str, ...]:
    def number(name: str, form: str) -> str:
        return "-" if score[name] is None else format(score[name], form)

    losses = (("pinball", ".3f"), ("wape", ".3f"), ("wape_p50", ".3f"), ("bias", "+.3f"), ("rmsse", ".3f"))
    return (
        str(score["horizon"]),
        score["model"],
        *(number(name, form) for name, form in (*losses, ("coverage_p90", ".1%"), ("width", ".2f"), ("n", ",d"))),
        "yes" if score["serves"] else "",
    )


def _verdicts(ratios: "pl.DataFrame") -> list[str]:
    """Per horizon and on average, what serves against each simple rival, with the limit it stays under."""
    from ml.forecasting.rivals import RIVALS

    verdicts = []
    for horizon in (*sorted(set(ratios["horizon"]) - {0}), 0):
        of = {row["model"]: row for row in ratios.to_dicts() if row["horizon"] == horizon}
        told = [
            f"{rival} {of[rival]['pinball_ratio']:.3f} (at most {of[rival]['pinball_ratio_limit']:.3f}),"
            f" WAPE {of[rival]['wape_ratio']:.3f} (at most {of[rival]['wape_ratio_limit']:.3f})"
            for rival in RIVALS
            if rival in of and of[rival]["pinball_ratio"] is not None and of[rival]["wape_ratio"] is not None
        ]
        when = f"{horizon} days" if horizon else "the average of the three"
        verdicts.append(f"{when}: what serves has, times the pinball loss of {'; of '.join(told)}")
    verdicts.append("'at most': one-sided 95% limits of the ratios, 2,000 two-way resamples of releases and origins")
    return verdicts
