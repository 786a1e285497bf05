"""The report of a canary finds a planted gain, shows none where there is none, and takes off what was there before."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ml.promotion.ab import ab_report
from ml.promotion.canary import in_share

START = dt.date(2026, 1, 5)


def live(gain: float, lucky: float = 0.0, entities: int = 600) -> pl.DataFrame:
    """Eight origins, the canary from the fifth on; its group's losses are smaller by `lucky` at all of them."""
    rng = np.random.default_rng(2)
    names = [f"R{k}" for k in range(entities)]
    share = np.array([in_share(name, "m", 0.3) for name in names])
    own = rng.gamma(4, 0.25, entities) * np.where(share, 1 - lucky, 1.0)
    frames = []
    for k in range(8):
        tested = share & (k >= 4)
        loss = own * rng.gamma(4, 0.25, entities) * np.where(tested, 1 - gain, 1.0)
        rows = {"origin": [START + dt.timedelta(weeks=k)] * entities, "entity": names, "loss": loss}
        frames.append(
            pl.DataFrame({**rows, "role": np.where(tested, "canary", "champion"), "covered": np.full(entities, 0.9)})
        )
    return pl.concat(frames)


@pytest.mark.parametrize(("gain", "word"), [(0.3, "is better"), (0.0, "no difference"), (-0.4, "is worse")])
def test_it_finds_what_was_planted(gain: float, word: str) -> None:
    rows = live(gain)
    found = ab_report(rows)
    assert found is not None
    assert found.ratio == pytest.approx(1 - gain, abs=0.1)
    assert found.low < 1 - gain < found.high
    assert word in found.sentences[-1]
    tested = float(rows.filter(pl.col("role") == "canary")["loss"].to_numpy().mean())
    assert f"Mean loss {tested:.4f}" in found.sentences[1]
    assert "At 4 origins from 2026-02-02 to 2026-02-23" in found.sentences[0]


def test_a_share_that_was_better_before_is_no_gain() -> None:
    found = ab_report(live(0.0, lucky=0.4))
    assert found is not None
    assert "no difference" in found.sentences[-1]
    assert "taken off" in found.sentences[2]
    late = live(0.0, lucky=0.4).filter(pl.col("origin") >= START + dt.timedelta(weeks=4))
    alone = ab_report(late)
    assert alone is not None
    assert alone.ratio == pytest.approx(0.6, abs=0.1)
    assert "Nothing is known" in alone.sentences[2]


def test_there_is_no_report_without_a_canary_or_of_few() -> None:
    assert ab_report(live(0.0).filter(pl.col("role") == "champion")) is None
    assert ab_report(live(0.0, entities=60)) is None
