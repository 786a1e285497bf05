"""What is known of a spell on a day: levels against its last week, its age, the artist's past, its place, the market.

A row reads nothing after its own day. Levels are differences of logarithms to the mean of the last seven days.

Belongs here: the columns. Does not belong here: models. To add a column: a line in `_columns`, and its twin in the
tests.
"""

from __future__ import annotations

import polars as pl

YOUNGEST_DAYS = 28  # of a spell that is looked at
SPELL, ARTIST = "unique_id", "artist"
KEYS = (SPELL, ARTIST, "ds", "week", "month")
MEMORY_DAYS = 90
OLDEST_DAYS = 400  # an older spell is as settled


def spell_days(streams: pl.DataFrame) -> pl.DataFrame:
    """A row per spell and day on which the spell is at least 28 days old: KEYS and the features, sorted.

    Takes daily streams [unique_id (the spell), artist, ds, y], without gaps in a spell. `week` and `month` are the
    logarithms of the mean of the last 7 and 28 days.
    """
    ordered = streams.sort(SPELL, "ds").with_columns(
        age=pl.int_range(1, pl.len() + 1).over(SPELL),
        log=pl.col("y").clip(lower_bound=1).log(),
        **{f"mean_{days}": _mean(days) for days in (3, 7, 14, 28)},
    )
    known = ordered.with_columns(
        week=pl.col("mean_7"),
        month=pl.col("mean_28"),
        days_in_chart=pl.int_range(1, pl.len() + 1).over(ARTIST, order_by="ds"),
        spells=(pl.col("age") == 1).cum_sum().over(ARTIST, order_by="ds"),
        days_known=(pl.col("ds") - pl.col("ds").min().over(ARTIST)).dt.total_days(),
        rank=pl.col("mean_7").rank(descending=True).over("ds"),
        market=pl.col("y").sum().over("ds").clip(lower_bound=1).log(),
    )
    rows = known.with_columns(**_columns()).join(_market(streams), on="ds", how="left")
    old_enough = rows.filter(pl.col("age") >= YOUNGEST_DAYS)
    names = (*_columns(), "market_week", "market_month")
    return old_enough.select(*KEYS, *(pl.col(name).cast(pl.Float64) for name in names)).sort(SPELL, "ds")


def _mean(days: int) -> pl.Expr:
    return pl.col("y").rolling_mean(days, min_samples=days).over(SPELL).clip(lower_bound=1).log()


def _columns() -> dict[str, pl.Expr]:
    week = pl.col("week")
    usual = pl.col("log").cum_sum().over(ARTIST, order_by="ds") / pl.col("days_in_chart")
    off_week = (pl.col("log") - week.shift(1).over(SPELL)).abs()
    return {
        "last_day": pl.col("log") - week,
        "last_3": pl.col("mean_3") - week,
        "last_14": pl.col("mean_14") - week,
        "last_28": pl.col("month") - week,
        **{f"week_{k}_back": week.shift(7 * k).over(SPELL) - week for k in (1, 2, 3)},
        "highest": pl.col("log").rolling_max(MEMORY_DAYS, min_samples=1).over(SPELL) - week,
        "lowest": pl.col("log").rolling_min(MEMORY_DAYS, min_samples=1).over(SPELL) - week,
        "unsteadiness": off_week.rolling_mean(28, min_samples=14).over(SPELL),
        "against_a_week_ago": pl.col("log") - pl.col("log").shift(7).over(SPELL),
        "spell_age": pl.col("age").clip(upper_bound=OLDEST_DAYS),
        "artist_known_days": pl.col("days_known"),
        "artist_usual": usual - week,
        "artist_spells": pl.col("spells"),
        "chart_place": pl.col("rank"),
        "share": week - pl.col("market"),
        "day_of_year": pl.col("ds").dt.ordinal_day(),
    }


def _market(streams: pl.DataFrame) -> pl.DataFrame:
    """[ds, market_week, market_month]: how the chart's streams per artist have moved over a week and four."""
    each = streams.group_by("ds").agg(per_artist=pl.col("y").mean()).sort("ds")
    level = pl.col("per_artist").rolling_mean(7).clip(lower_bound=1).log()
    return each.select("ds", market_week=level - level.shift(7), market_month=level - level.shift(28))
