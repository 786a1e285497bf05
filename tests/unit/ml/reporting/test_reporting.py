"""The page's drawings are where the figures say, and the file stands on its own."""

import datetime as dt
import json
import re
from typing import Any

import numpy as np
import pytest
from scipy import stats

from assets.pages.all_releases import signal_words
from assets.pages.figures import what_happened
from ml.reporting.charts import LEFT, WIDTH, coverage, fan
from ml.reporting.coverage import LEVELS, observed_shares
from ml.reporting.page import render
from ml.reporting.scales import Scale, round_step, ticks
from tests.unit.ml.reporting.page_figures import ORIGIN, page_figures

FEBRUARY = dt.date(2026, 2, 5)


@pytest.mark.parametrize(
    ("high", "marks"),
    [
        (7, [0, 2, 4, 6, 8]),
        (1900, [0, 500, 1000, 1500, 2000]),
        (0.9, [0, 0.5, 1]),
        (0, [0, 1]),
        (40, [0, 10, 20, 30, 40]),
    ],
)
def test_ticks_are_round_and_reach_the_top(high: float, marks: list[float]) -> None:
    assert ticks(high) == pytest.approx(marks)
    assert round_step(0) == 1


def numbers(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]


def test_the_fan_begins_where_the_sales_end_and_holds_its_quantiles() -> None:
    sold = [0.0, 0.0, 20.0, 40.0]
    drawn = str(fan(ORIGIN, sold, [(30, 10.0, 25.0, 60.0), (60, 15.0, 50.0, 110.0)], plan=80.0))
    band, history, middle = (
        numbers(re.findall(rf'class="{kind}" d="([^"]+)"', drawn)[0]) for kind in ("band", "sold", "expected")
    )
    marks = ticks(150)
    y = Scale(0, marks[-1], history[0][1], numbers_at(drawn, marks[-1]))
    assert history[-1] == middle[0] == band[0]
    assert history[-1][1] == pytest.approx(y(40), abs=0.1)
    assert [point[1] for point in middle] == pytest.approx([y(40), y(65), y(90)], abs=0.1)
    assert [point[1] for point in band] == pytest.approx([y(40), y(50), y(55), y(150), y(100), y(40)], abs=0.1)
    assert min(x for x, _ in band) >= LEFT
    assert max(x for x, _ in band) <= WIDTH
    assert 'class="override"' in drawn
    assert ">+25<" in drawn


def numbers_at(drawn: str, value: float) -> float:
    """The height of a tick's text, which stands four below its line."""
    found = re.findall(rf'y="([\d.]+)" text-anchor="end" class="tick">{value:,.0f}<', drawn)
    return float(found[0]) - 4


def test_an_axis_of_ten_thousands_is_short_enough_for_a_phone() -> None:
    drawn = str(fan(ORIGIN, [0.0, 12_000.0], [(30, 10.0, 20_000.0, 400_000.0)]))
    ticks_of = re.findall(r'text-anchor="end" class="tick">([^<]+)<', drawn)
    assert ticks_of[:4] == ["0", "200k", "400k", "600k"]


def test_a_page_says_when_it_was_made_and_that_sales_are_missing() -> None:
    assert "Made 1 February 2026, 06:00 UTC." in render(page_figures())
    assert "an export is missing" not in render(page_figures())
    assert "The newest sale is 9 days older than the forecast" in render(page_figures(days_behind=9))


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (None, "No plays come in, so they are not known."),
        (dt.date(2026, 1, 4), "Plays are known up to 4 January 2026."),
        (dt.date(2026, 1, 3), "Plays ended on 3 January 2026: since then they are missing, which does not mean none."),
    ],
)
def test_signals_that_are_missing_are_told_from_none(until: dt.date | None, said: str) -> None:
    assert signal_words("plays", until, ORIGIN) == said


def test_observed_shares_are_those_of_the_levels_for_a_demand_that_is_what_was_said() -> None:
    rng = np.random.default_rng(4)
    scale = rng.uniform(5, 200, 20_000)
    demand = stats.lognorm(s=0.7, scale=scale)
    p10, p50, p90 = (demand.ppf(level) - 1 for level in (0.1, 0.5, 0.9))
    actual = np.maximum(demand.rvs(random_state=rng) - 1, 0)
    assert observed_shares(p10, p50, p90, actual) == pytest.approx(list(LEVELS), abs=0.015)


def test_ties_at_zero_count_by_their_share() -> None:
    """Half of all sell nothing and P50 is zero: the P10 is kept in one of ten cases, not in five."""
    zeros = np.zeros(1000)
    actual = np.concatenate([np.zeros(500), np.full(500, 9.0)])
    shares = dict(zip(LEVELS, observed_shares(zeros, zeros, zeros + 30, actual), strict=True))
    assert shares[0.1] == pytest.approx(0.1, abs=0.005)
    assert shares[0.5] == pytest.approx(0.5, abs=0.005)
    assert shares[0.98] == 1


def test_the_coverage_plot_says_its_figures() -> None:
    assert 'aria-label="share of sales at or below each level, should be and was: 10%: 12%, 90%: 88%"' in str(
        coverage([0.1, 0.9], [0.12, 0.88])
    )


def test_the_page_stands_alone_and_trusts_no_title() -> None:
    columns = [{"name": "title", "is_number": False, "is_share": False}]
    listed = {"all_releases": [["</script><script>alert(2)</script>"]], "all_columns": columns, "all_left": 0}
    page = render(page_figures(**listed))
    assert "alert(2)</script>" not in page
    (data,) = re.findall(r'id="all-data">(.*?)</script>', page)
    assert json.loads(data) == listed["all_releases"]
    assert "&lt;script&gt;" in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []
    assert "http" not in page
    assert "@import" not in page
    assert "prefers-color-scheme: dark" in page
    assert "over 99%" in page
    for absent in ("What changed", "What to order", "Can the ranges", "New releases", "worst misses"):
        assert absent not in page


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"actual": 0.0, "before": 40.0, "largest": None, "p50": 30.0, "days": 0},
         "stopped: sold nothing, after 40 in the 30 days before"),
        ({"actual": 100.0, "before": 40.0, "largest": {"day": FEBRUARY, "units": 85.0}, "p50": 30.0, "days": 4},
         "one day, 5 February, made 85% of it (85 units)"),
        ({"actual": 100.0, "before": 0.0, "largest": {"day": ORIGIN, "units": 20.0}, "p50": 3.0, "days": 9},
         "began to sell again: nothing in the 30 days before, then sales on 9 days"),
        ({"actual": 20.0, "before": 90.0, "largest": {"day": ORIGIN, "units": 15.0}, "p50": 80.0, "days": 3},
         "went down: 90 in the 30 days before, then 20, on 3 days"),
    ],
)  # fmt: skip
def test_what_happened(row: dict[str, Any], said: str) -> None:
    assert what_happened(row) == said
