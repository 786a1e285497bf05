"""How good forecasts would have been: earlier origins, each with its own fit, beside the simple rules.

Origins lie one longest horizon apart, so that their windows do not overlap. `evaluate` (metrics.py) scores the frame.
A column that is known after the origin counts as known after an earlier one.

Belongs here: origins and the frame. Does not belong here: metrics (metrics.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats, Ints
from ml.series.boosting import Settings
from ml.series.features import Rows
from ml.series.forecaster import METHODS, UNSURE, Forecast, Model, Told, fit, predict
from ml.series.frame import Prepared
from ml.series.frequency import Frequency, SeriesError
from ml.series.panel import Panel, Shaped
from ml.series.rehearsal import Request
from ml.series.simple import INTERMITTENT, RULES


def quantile_name(level: float) -> str:
    """The column of a level: q0.1, q0.5, q0.9."""
    return f"q{level:g}"


def to_frame(panel: Panel, frequency: Frequency, model: Model, forecast: Forecast) -> pl.DataFrame:
    """[unique_id, ds, horizon, mean, q…, model]: a row per series and step, or per series and horizon of a sum."""
    steps = np.array(model.request.steps, dtype=np.int64)
    n, h = panel.n_series, len(steps)
    end = panel.first + panel.lengths - 1
    names = np.array([name + ("" if _is_sure(name, forecast) else UNSURE) for name in METHODS])
    columns = {
        "unique_id": pl.Series(panel.ids, dtype=pl.String).gather(np.repeat(np.arange(n), h)),
        "ds": frequency.dates((end[:, None] + steps).ravel()),
        "horizon": pl.Series(np.tile(steps, n), dtype=pl.Int32),
        "mean": forecast.mean.ravel(),
    }
    for k, level in enumerate(model.request.quantiles):
        columns[quantile_name(level)] = forecast.quantiles[:, :, k].ravel()
    return pl.DataFrame(columns | {"model": pl.Series(names[forecast.method.ravel()], dtype=pl.String)})


def _is_sure(name: str, forecast: Forecast) -> bool:
    """Whether the method's spread was measured, or there is none to measure."""
    return forecast.is_calibrated or name in ("zero", "constant", *INTERMITTENT)


def forecast_frame(prepared: Prepared, request: Request, settings: Settings, told: Told | None = None) -> pl.DataFrame:
    """`fit` and `predict` from each series' origin, as the frame of :func:`to_frame`."""
    model = fit(prepared.panel, prepared.frequency, request, settings, told)
    return to_frame(prepared.panel, prepared.frequency, model, predict(model, prepared.panel))


def backtest(
    prepared: Prepared,
    request: Request,
    settings: Settings,
    origins: int,
    told: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Forecasts of the last `origins` windows that lie whole in the past, each from a fit on nothing but its own past.

    Columns of :func:`to_frame` and origin, y (null where too little is known), scale (mean absolute change over one
    season in the past of the origin, the denominator of MASE), a column per simple rule with its point
    forecast, windows_back (1 for the latest window).

    Raises:
        SeriesError: no series reaches back so far.
    """
    panel, frequency = prepared.panel, prepared.frequency
    whole = Shaped(panel)
    longest = max(request.steps)
    frames = []
    for done, k in enumerate(range(origins, 0, -1), start=1):
        cut, kept = panel.cut(whole.lengths - k * longest, longest)
        if cut.n_series:
            model = fit(cut, frequency, request, settings)
            frame = to_frame(cut, frequency, model, predict(model, cut))
            beside = _beside(frame, whole, cut, kept, frequency, request)
            frames.append(beside.with_columns(pl.lit(k, pl.Int32).alias("windows_back")))
        if told is not None:
            told(done, origins)
    if not frames:
        raise SeriesError(
            f"--backtest {origins}: no series is longer than {longest} steps (the longest horizon), so there is no"
            " window to look back on; take shorter horizons"
        )
    return pl.concat(frames)


def _beside(
    frame: pl.DataFrame, whole: Shaped, cut: Panel, kept: Ints, frequency: Frequency, request: Request
) -> pl.DataFrame:
    steps = np.array(request.steps, dtype=np.int64)
    n, h = cut.n_series, len(steps)
    rows = Rows(np.repeat(kept, h), np.repeat(cut.lengths - 1, h), np.tile(steps, n), request.is_sum)
    width = rows.width.astype(np.float64)
    end = rows.last + rows.ahead
    share = whole.values.share_known(rows.series, end, rows.width)
    came = whole.values.mean(rows.series, end, rows.width) * whole.size[rows.series] * width
    # A rule sees nothing but the cut panel.
    past = Shaped(cut)
    own = replace(rows, series=np.repeat(np.arange(n), h))
    rules = {name: rule(past, frequency.main_season, own) * width for name, rule in RULES.items()}
    return frame.with_columns(
        frequency.dates((cut.first + cut.lengths - 1)[own.series]).alias("origin"),
        pl.Series("y", np.where(share > 1 - 1e-9, came, np.nan)).fill_nan(None),
        pl.Series("scale", np.repeat(_mase_scale(cut, frequency.main_season), h)).fill_nan(None),
        *(pl.Series(name, values).fill_nan(None) for name, values in rules.items()),
    )


def _mase_scale(panel: Panel, season: int) -> Floats:
    """Mean absolute change over one season per series; NaN where there is none."""
    found = np.full(panel.n_series, np.nan)
    for i in range(panel.n_series):
        values = panel.values[panel.offset[i] : panel.offset[i + 1]]
        moved = np.abs(values[season:] - values[:-season])
        moved = moved[~np.isnan(moved)]
        if len(moved) and moved.mean() > 0:
            found[i] = moved.mean()
    return found
