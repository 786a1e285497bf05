"""`lacquer bench promotion`: what the promotion rule decides in a year of weekly looks, by a lake's own backtest.

Losses of two candidates of the stored `forecast_backtest` are resampled for two cases: as a challenger is reviewed
(its backtest first, then one live origin a week, windows of 30 days), and with an independent origin each week.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from lake.lakehouse import Lake
    from ml.promotion.simulation import Design

BACKTEST = "gold/forecast_backtest"
MODELS = ("lightgbm", "ensemble")
GAINS = (-0.05, -0.03, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15)
COLUMNS = ("true gain", "promoted within 12 weeks", "within a year", "median week of a promotion")
SOON = 12
WEEKLY = 7
PLANNED, WRONG, POWER = 0.03, 0.05, 0.7
SEEDS = {"tiny": 20, "full": 300}
_SQL = """
select model, target, horizon_days as horizon, origin, release_id, segment, demand, loss_scale, p10, p50, p90
from gold.forecast_backtest
where is_active and demand is not null and segment is not null and model in (?, ?)
"""


@dataclass(frozen=True)
class Shares:
    """Share of the years in which a challenger of this true gain is promoted, and when in the median."""

    gain: float
    soon: float
    year: float
    median_week: float | None


def promotion_parts(lake: "Lake", scale: str, told: Callable[[str], None]) -> list[Part]:
    """The shares of both cases as tables.

    Raises:
        BenchmarkError: the lake has no backtest of both candidates.
    """
    from ml.promotion.simulation import Design

    losses = paired_losses_of(lake)
    known, seeds = losses["origin"].n_unique(), range(SEEDS[scale])
    cases = {
        f"a challenger with {known} origins of a backtest, then one live origin a week": Design(known),
        "independent origins every week, no backtest": Design(0, horizon_days=WEEKLY),
    }
    return [_part(title, losses, design, seeds, told) for title, design in cases.items()]


def paired_losses_of(lake: "Lake") -> "pl.DataFrame":
    """[origin, entity, segment, one, one_first, other, other_first] of the published backtest's two candidates."""
    import polars as pl

    from ml.promotion.forecast_losses import forecast_losses

    versions = lake.published()
    if BACKTEST not in versions:
        raise BenchmarkError(f"{BACKTEST} is not published in {lake.root}: finish a run with its backtest first")
    frame = lake.connect({BACKTEST: versions[BACKTEST]}).sql(_SQL, params=[*MODELS]).pl()
    if frame["model"].n_unique() < len(MODELS):
        names = " and ".join(MODELS)
        raise BenchmarkError(f"{BACKTEST} in {lake.root} has no losses of {names}: about a year of sales is needed")
    at = frame.select("origin", "target", "horizon", "segment").unique()
    one, other = (forecast_losses(frame, at.with_columns(model=pl.lit(model)), model) for model in MODELS)
    both = one.rename({"loss": "one", "first_loss": "one_first"}).join(
        other.select("origin", "entity", other="loss", other_first="first_loss"), on=["origin", "entity"]
    )
    order = ("origin", "entity", "segment", "one", "one_first", "other", "other_first")
    return both.select(order).drop_nulls().sort("origin", "entity")


def shares(weeks: "NDArray[np.int64]", gains: Sequence[float]) -> list[Shares]:
    """Shares of each gain from the weeks of the first promotion, (seeds, gains), -1: never."""
    import numpy as np

    found = []
    for gain, column in zip(gains, weeks.T, strict=True):
        done = column[column >= 0]
        median = float(np.median(done)) if len(done) else None
        found.append(Shares(gain, float((done <= SOON).sum() / len(column)), len(done) / len(column), median))
    return found


def verdicts(found: Sequence[Shares], seeds: int) -> list[str]:
    """What the table says about wrong promotions, the power at 3%, and the smallest gain that is found in time."""
    equal = next(one for one in found if one.gain == 0)
    worse = max(one.year for one in found if one.gain < 0)
    planned = next(one for one in found if one.gain == PLANNED)
    enough = [one.gain for one in found if one.gain > 0 and one.soon >= POWER]
    smallest = f"{min(enough):.0%}" if enough else f"above {found[-1].gain:.0%}"
    return [
        f"Promoted within a year when equal: {equal.year:.1%} of {seeds} seeds (bar: at most {WRONG:.0%}).",
        f"Promoted within a year when worse: {worse:.1%} (bar: none).",
        f"A {PLANNED:.0%} better model promoted within {SOON} weeks: {planned.soon:.0%} (bar: {POWER:.0%}).",
        f"Smallest gain of the table that is promoted within {SOON} weeks in {POWER:.0%}: {smallest}.",
    ]


def _part(title: str, losses: "pl.DataFrame", design: "Design", seeds: range, told: Callable[[str], None]) -> Part:
    from ml.promotion.simulation import simulated_weeks

    told(f"{title}: {len(seeds)} seeds ...")
    began = time.perf_counter()
    found = shares(simulated_weeks(losses, design, GAINS, seeds), GAINS)
    told(f"{title}: {time.perf_counter() - began:.0f} s")
    rows = [(f"{one.gain:+.0%}", f"{one.soon:.1%}", f"{one.year:.1%}", _week(one.median_week)) for one in found]
    return Part(f"promotion rule: {title}", COLUMNS, rows, verdicts(found, len(seeds)), found)


def _week(median: float | None) -> str:
    return "–" if median is None else f"{median:.0f}"
