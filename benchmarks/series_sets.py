"""`lacquer forecast` on shared sets of series: the four of the M3 competition, and monthly sales of car parts.

Each set is `train.parquet` and `test.parquet` (unique_id, ds, y). Naive2 of the competitions is computed here; what
rivals of statsforecast reach was measured once and stands in RIVALS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Part

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

LEVELS = {"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9}


@dataclass(frozen=True)
class SharedSet:
    """A set: its folder, `--freq`, steps ahead, season, and what rivals reach (OWA, or MASE of car parts)."""

    folder: str
    freq: str
    horizon: int
    season: int
    rivals: str


SETS = (
    SharedSet("m3/monthly", "MS", 18, 12, "Theta .827, AutoETS .838"),
    SharedSet("m3/quarterly", "QS", 8, 4, "Theta .880, AutoETS .928"),
    SharedSet("m3/yearly", "1", 6, 1, "AutoTheta .874, AutoETS .878"),
    SharedSet("m3/other", "1", 8, 1, "AutoETS .636"),
    SharedSet("carparts", "MS", 12, 12, "of its past mean: MASE 1.210, RMSSE .762"),
)


def sets_part(
    data: Path, folder: Path, scale: str, forecast: Callable[..., float], told: Callable[[str], None]
) -> Part:
    """One row per set that is in the data folder.

    Args:
        data: the folder of the data sets.
        folder: for files in between.
        scale: `tiny` takes the first 40 series of a set.
        forecast: runs the command on a file: (series, out, *options) -> CPU seconds.
        told: hears what is done.
    """
    import polars as pl

    rows, measured = [], []
    for one in SETS:
        if not (data / one.folder / "train.parquet").is_file():
            told(f"no {one.folder} in the data folder: it is left out")
            continue
        told(f"{one.folder}: lacquer forecast")
        train, test = (pl.read_parquet(data / one.folder / f"{name}.parquet") for name in ("train", "test"))
        if scale == "tiny":
            few = train["unique_id"].unique().sort().head(40)
            train, test = (frame.filter(pl.col("unique_id").is_in(few.implode())) for frame in (train, test))
        name = one.folder.replace("/", "-")
        train.write_parquet(series := folder / f"{name}.parquet")
        season = ("--season", str(one.season)) if one.freq == "1" else ()
        out = folder / f"{name}-next.parquet"
        cpu = forecast(series, out, "--freq", one.freq, "--horizons", str(one.horizon), *season)
        found = scores(train, test, pl.read_parquet(out), one.season) | {"cpu_s": cpu}
        measured.append({"set": one.folder, **found})
        rows.append((one.folder, *cells(found), one.rivals))
    return Part(
        title="series: shared sets, the official last steps",
        columns=("set", "series", "OWA of P50", "OWA of mean", "bias", "RMSSE of mean", "pinball", "P90 covers",
                 "steadiest to wildest quarter", "CPU s", "rivals' OWA"),
        rows=rows,
        verdicts=["OWA: Naive2 = 1; pinball over the mean change of a season; bias: means over what came, less 1"],
        measured=measured,
    )  # fmt: skip


def cells(found: dict[str, float]) -> tuple[str, ...]:
    """The figures of a set as its row shows them."""
    return (
        f"{found['series']:,.0f}",
        *(f"{found[name]:.3f}" for name in ("owa", "owa_of_mean")),
        f"{found['bias']:+.1%}",
        *(f"{found[name]:.3f}" for name in ("rmsse", "pinball")),
        f"{found['covered']:.1%}",
        f"{found['steadiest']:.0%} to {found['wildest']:.0%}",
        f"{found['cpu_s']:.0f}",
    )


def scores(train: "pl.DataFrame", test: "pl.DataFrame", made: "pl.DataFrame", season: int) -> dict[str, float]:
    """The figures of one set: each error is a mean per series, then over series that change at all."""
    import polars as pl

    from ml.evaluation.losses import owa

    every = beside(train, test, made, season)
    each = per_series(every)
    mean = each.select(pl.exclude("unique_id").mean()).row(0, named=True)
    reference = (mean["smape_naive2"], mean["mase_naive2"])
    by_wildness = each.sort("wild", "unique_id")["covered"]
    quarter = max(len(by_wildness) // 4, 1)
    return {
        "series": len(each),
        "owa": owa(mean["smape_q0.5"], mean["mase_q0.5"], *reference),
        "owa_of_mean": owa(mean["smape_mean"], mean["mase_mean"], *reference),
        "bias": float(every["mean"].sum()) / float(every["y"].sum()) - 1,
        "rmsse": mean["rmsse"],
        "pinball": mean["pinball"],
        "covered": mean["covered"],
        "steadiest": float(by_wildness.head(quarter).mean()),  # type: ignore[arg-type]
        "wildest": float(by_wildness.tail(quarter).mean()),  # type: ignore[arg-type]
    }


def beside(train: "pl.DataFrame", test: "pl.DataFrame", made: "pl.DataFrame", season: int) -> "pl.DataFrame":
    """Each scored step with what came, the forecast, Naive2, and the scales of its series."""
    import polars as pl

    change = pl.col("y").diff(season)
    past = train.sort("unique_id", "ds").group_by("unique_id", maintain_order=True)
    scale = past.agg(
        scale=change.abs().mean(),
        square=change.pow(2).mean(),
        wild=pl.col("y").diff().abs().mean() / pl.col("y").abs().mean(),
    ).filter(pl.col("scale") > 0)
    count = pl.col("ds").cum_count().over("unique_id").cast(pl.Int64)
    steps = test.sort("unique_id", "ds").with_columns(horizon=count)
    longest: int = steps["horizon"].max()  # type: ignore[assignment]
    naive = pl.concat(naive2(str(name), rows["y"].to_numpy(), season, longest) for (name,), rows in past)
    made = made.with_columns(pl.col("horizon").cast(pl.Int64)).drop("ds")
    for frame in (made, naive):
        steps = steps.join(frame, on=["unique_id", "horizon"])
    return steps.join(scale, on="unique_id")


def per_series(every: "pl.DataFrame") -> "pl.DataFrame":
    """The errors of each series."""
    import polars as pl

    from ml.evaluation.losses import covered, pinball, smape

    y = pl.col("y")
    losses = [pinball(y, pl.col(name), level) for name, level in LEVELS.items()]
    return every.group_by("unique_id").agg(
        *(smape(y, pl.col(name)).mean().alias(f"smape_{name}") for name in ("q0.5", "mean", "naive2")),
        *(((y - pl.col(n)).abs() / pl.col("scale")).mean().alias(f"mase_{n}") for n in ("q0.5", "mean", "naive2")),
        rmsse=((y - pl.col("mean")).pow(2).mean() / pl.col("square").first()).sqrt(),
        pinball=(pl.mean_horizontal(losses) / pl.col("scale")).mean(),
        covered=covered(y, pl.col("q0.9"), 0.9).mean(),
        wild=pl.col("wild").first(),
    )


def naive2(name: str, y: "np.ndarray", season: int, steps: int) -> "pl.DataFrame":
    """[unique_id, horizon, naive2]: the last value with the season taken out, and the season put back."""
    import numpy as np
    import polars as pl

    from ml.series.theta import is_seasonal, seasonal_index

    index, past = np.ones(season), y[None, :].astype(np.float64)
    if season > 1 and y.min() > 0 and len(y) >= 3 * season and is_seasonal(past, season)[0]:
        index = seasonal_index(past, season)[0]
    ahead = np.arange(steps)
    last = y[-1] / index[-1]
    return pl.DataFrame({"unique_id": name, "horizon": ahead + 1, "naive2": last * index[ahead % season]})
