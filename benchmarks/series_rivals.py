"""The statistical models of statsforecast on a file of series, as a process of its own: INPUT OUTPUT MODEL.

They are fitted per series without a season, as in the competition's own benchmarks of its weekly series.
"""

import sys
from pathlib import Path

RIVALS = ("AutoETS", "AutoTheta", "AutoARIMA")


def main(series: Path, out: Path, model: str, horizon: int) -> None:
    """Forecast every series `horizon` steps ahead with one model; writes unique_id, step and the point forecast."""
    import polars as pl
    from statsforecast import models

    fitted = getattr(models, model)(season_length=1)
    frames = []
    for (name,), rows in pl.read_parquet(series).group_by("unique_id", maintain_order=True):
        y = rows.sort("ds")["y"].to_numpy()
        point = fitted.forecast(y=y, h=horizon)["mean"]
        frames.append(pl.DataFrame({"unique_id": name, "horizon": range(1, horizon + 1), "point": point}))
    pl.concat(frames).write_parquet(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
