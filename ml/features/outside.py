"""Features of what lies outside of the shop: competitors, reviews, charts, weather, holidays, the economy.

One row per release and origin from a frame of dated facts; no fact after the origin is read, but a holiday that comes
is known ahead. Belongs here: the formulas. Does not belong here: where facts come from, and the forecast's own features
(ml/forecasting): a model learns from these only as a challenger.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

ALL = "*"  # in the place of a release: a fact about everything
WORDS = {
    "competitor_price_gap_28": "Logarithm of the list price over the lowest price of a competitor in the last 28 days",
    "competitors_28": "Competitors that offered the release in the last 28 days",
    "competitors_out_28": "Competitors whose last observation in the last 28 days was that they are out of stock",
    "rating_90": "Mean rating of the last 90 days, as a share of the best possible",
    "rating_trend": "Mean rating of the last 28 days less that of the last 90",
    "chart_points_28": "Sum of 101 less the position over the chart entries of the last 28 days",
    "temperature_7": "Mean temperature of the last 7 days over the places that are observed, in degrees Celsius",
    "inflation_known": "Newest inflation that was known, mean over regions, in per cent",
    "days_to_holiday": "Days to the next public holiday of any region",
}


def outside_features(releases: pl.DataFrame, facts: pl.DataFrame, origin: date) -> pl.DataFrame:
    """[release_id, *WORDS] of the releases at an origin; null where nothing is known, 0 competitors where none offers.

    Args:
        releases: [release_id, list_price].
        facts: [release_id, ds, kind, source, value] with kind competitor_price, competitor_out, rating, chart,
            temperature, inflation or holiday; `ds` is the day from which the fact was known, of a holiday its day.
        origin: last day that is known.
    """
    past = facts.filter(pl.col("ds") <= origin)
    joined = releases.join(_competitors(past, origin), on="release_id", how="left")
    joined = joined.join(_ratings(past, origin), on="release_id", how="left")
    joined = joined.join(_charts(past, origin), on="release_id", how="left")
    observed = past.filter(pl.col("kind").is_in(["competitor_price", "competitor_out"])).height > 0
    none = 0.0 if observed else None
    found = joined.with_columns(
        competitor_price_gap_28=(pl.col("list_price") / pl.col("lowest")).log(),
        competitors_28=pl.col("competitors_28").fill_null(none) if observed else pl.col("competitors_28"),
        competitors_out_28=pl.col("competitors_out_28").fill_null(none) if observed else pl.col("competitors_out_28"),
        **{name: pl.lit(value, pl.Float64) for name, value in _of_all(facts, past, origin).items()},
    )
    return found.select("release_id", *(pl.col(name).cast(pl.Float64).fill_nan(None) for name in WORDS))


def _last(facts: pl.DataFrame, origin: date, days: int) -> pl.DataFrame:
    return facts.filter(pl.col("ds") > origin - timedelta(days=days))


def _competitors(past: pl.DataFrame, origin: date) -> pl.DataFrame:
    seen = _last(past.filter(pl.col("kind").is_in(["competitor_price", "competitor_out"])), origin, 28)
    # Of one day the offer counts: a seller that has several copies is not out of stock.
    newest = seen.sort("ds", pl.col("kind") == "competitor_price").group_by("release_id", "source").agg(
        pl.col("kind").last(), pl.col("value").filter(pl.col("kind") == "competitor_price").min()
    )  # fmt: skip
    return newest.group_by("release_id").agg(
        lowest=pl.col("value").filter(pl.col("value") > 0).min(),
        competitors_28=(pl.col("kind") == "competitor_price").sum().cast(pl.Float64),
        competitors_out_28=(pl.col("kind") == "competitor_out").sum().cast(pl.Float64),
    )


def _ratings(past: pl.DataFrame, origin: date) -> pl.DataFrame:
    rated = _last(past.filter(pl.col("kind") == "rating"), origin, 90)
    lately = pl.col("ds") > origin - timedelta(days=28)
    return rated.group_by("release_id").agg(
        rating_90=pl.col("value").mean(), rating_trend=pl.col("value").filter(lately).mean() - pl.col("value").mean()
    )


def _charts(past: pl.DataFrame, origin: date) -> pl.DataFrame:
    entries = _last(past.filter(pl.col("kind") == "chart"), origin, 28)
    return entries.group_by("release_id").agg(chart_points_28=(101 - pl.col("value")).clip(0).sum())


def _of_all(facts: pl.DataFrame, past: pl.DataFrame, origin: date) -> dict[str, float | None]:
    """Figures that are the same for every release."""
    warm = _last(past.filter(pl.col("kind") == "temperature"), origin, 7)["value"].to_list()
    known = past.filter(pl.col("kind") == "inflation").sort("ds").group_by("source").agg(pl.col("value").last())
    figures = known["value"].to_list()
    ahead = facts.filter((pl.col("kind") == "holiday") & (pl.col("ds") > origin))["ds"].sort().to_list()
    return {
        "temperature_7": sum(warm) / len(warm) if warm else None,
        "inflation_known": sum(figures) / len(figures) if figures else None,
        "days_to_holiday": float((ahead[0] - origin).days) if ahead else None,
    }
