"""A year's curve is where its factors say, and only what is sure is put in words."""

import re
from typing import Any

import pytest

from assets.pages.seasons import days_in_words, year_in_words
from ml.reporting.charts import BOTTOM, HEIGHT, TOP
from ml.reporting.seasons import season


def row(period: str, low: float, effect: float, high: float) -> dict[str, Any]:
    return {"period": period, "low": low, "effect": effect, "high": high}


def test_the_curve_lies_within_its_band_and_says_its_months() -> None:
    curve = [(1, 0.5, 0.8, 1.0), (182, 0.9, 1.0, 1.1), (358, 1.4, 1.5, 2.0)]
    drawn = str(season(curve))
    middle = [
        float(y) for _, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", re.findall(r'class="expected" d="([^"]+)"', drawn)[0])
    ]
    bottom, top = HEIGHT - BOTTOM, TOP  # of a scale from 0 to 2
    assert middle == pytest.approx([bottom - (bottom - top) * factor / 2 for factor in (0.8, 1.0, 1.5)], abs=0.1)
    assert 'aria-label="January 80%; July 100%; December 150%"' in drawn
    assert ">200%<" in drawn


def test_only_what_surely_differs_is_said() -> None:
    year = [row("1 May", 0.5, 0.6, 0.7), row("8 July", 0.9, 1.0, 1.1), row("3 December", 1.2, 1.5, 1.9)]
    assert year_in_words(year) == [
        "Most around 3 December: 50% more than usual (20 to 90%)",
        "Least around 1 May: 40% less than usual (30 to 50%)",
    ]
    assert year_in_words([row("1 May", 0.7, 0.9, 1.1), row("8 July", 0.9, 1.1, 1.3)]) == [
        "No time of the year stands out for sure"
    ]
    week = [row("Friday", 1.1, 1.3, 1.4), row("Sunday", 0.3, 0.4, 0.5), row("Monday", 0.9, 1.05, 1.2)]
    assert days_in_words(week, "s") == [
        "Sundays: 60% less than usual (50 to 70%)",
        "Fridays: 30% more than usual (10 to 40%)",
    ]
