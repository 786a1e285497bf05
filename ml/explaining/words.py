"""What each column of the model is called, and which sentence it says to somebody who sells records.

Columns that tell the same story (the rates of the last 7 to 30 days) share a reason; their contributions are added up
and the strongest of them speaks. A sentence states a fact that can be checked against sales and catalogue; whether it
speaks for more or for less is the sign of its units.

To give a new column words: a line in WORDS, with the reason it belongs to (a new one gets its name in REASONS) and its
sentence (phrases.py). A test fails when a column of the model has none; until then its name is said as it is.
"""

from __future__ import annotations

import numpy as np

from ml.explaining.facts import Facts, Words
from ml.explaining.phrases import (
    RULES,
    a_year_ago,
    age_is,
    artist_count,
    artist_mean,
    artist_sold,
    autumn,
    calendar,
    heard,
    heard_change,
    list_price_moved,
    market_season,
    momentum,
    pause_is,
    price_days,
    price_is,
    price_moved,
    regular,
    release_age,
    rule_says,
    similar_sold,
    size_is,
    sold_ever,
    sold_lately,
    steady,
    text_is,
)
from ml.explaining.plans import pre_order_buyers, pre_ordered, price_planned, promotion_depth, promotion_is

REASONS = {
    "recent_sales": "sales of the last weeks",
    "longer_sales": "sales of the last months",
    "last_year": "the same days a year ago",
    "size": "its size",
    "pause": "time since its last sale",
    "regularity": "how regularly it sells",
    "age": "its age",
    "price": "its price",
    "pre_orders": "what was ordered ahead",
    "plans": "announced prices and promotions",
    "season": "the time of year",
    "market": "how everything sells",
    "artist": "the artist's other releases",
    "rules": "what simple rules say",
    "similar": "similar releases",
    "attention": "plays and mentions",
    "kind": "genre and format",
}

WORDS: dict[str, Words] = {
    **{f"rate_{days}": sold_lately(days, "recent_sales") for days in (7, 14, 28, 30)},
    **{f"rate_{days}": sold_lately(days, "longer_sales") for days in (60, 90, 182, 364)},
    "rate_all": Words("longer_sales", ("units_all",), sold_ever),
    "rate_last_year": Words("last_year", ("units_last_year",), a_year_ago),
    "level": Words("size", (), size_is),
    "recency": Words("pause", ("recency_days",), pause_is),
    "age": Words("age", ("age_days",), age_is),
    **{f"active_share_{days}": regular(days) for days in (28, 90, 182)},
    "variability": Words("regularity", ("daily_sd_182",), steady),
    "price": Words("price", ("price_all",), price_is),
    "price_change_28": price_moved("price_28", "price_90", "in the last 90 days"),
    "price_change_90": price_moved("price_90", "price_all", "over its whole life"),
    "price_to_list": price_moved("price_90", "list_price", "its list price"),
    "market_momentum": Words("market", ("market_momentum",), momentum),
    "market_season": Words("season", ("market_season",), market_season),
    "season_sin": Words("season", (), calendar),
    "season_cos": Words("season", (), calendar),
    "autumn_share": Words("season", ("autumn_share",), autumn),
    "release_age": Words("age", ("release_age_days",), release_age),
    "artist_others": Words("artist", ("artist_other_units_90",), artist_sold),
    "artist_releases": Words("artist", ("artist_releases_365",), artist_count),
    "artist_mean": Words("artist", ("artist_mean_units_364",), artist_mean),
    **{f"price_now_{days}": list_price_moved(days) for days in (28, 90, 364)},
    "price_days": Words("price", ("price_days",), price_days),
    "price_plan": Words("plans", ("price_plan",), price_planned),
    "promotion_share": Words("plans", ("promotion_share",), promotion_is),
    "promotion_depth": Words("plans", ("promotion_depth",), promotion_depth),
    "pre_ordered": Words("pre_orders", ("pre_ordered_units",), pre_ordered),
    "pre_order_buyers": Words("pre_orders", ("pre_order_buyers",), pre_order_buyers),
    **{f"{kind}_to_level": heard(kind) for kind in ("plays", "mentions")},
    **{f"{kind}_change": heard_change(kind) for kind in ("plays", "mentions")},
    "similar": similar_sold("similar_units_90", "similar releases sold {} each in the last 90 days"),
    "similar_first": similar_sold("similar_first_units_90", "similar releases sold {} each in their first 90 days"),
    **{f"rule_{name}": rule_says(name) for name in RULES},
    "genre": text_is("genre", "its genre is {}"),
    "format": text_is("format", "its format is {}"),
}


def reason_of(column: str) -> str:
    """The reason that a column of the model speaks for; its own name where it has no words yet."""
    return WORDS[column].reason if column in WORDS else column


def label(reason: str) -> str:
    """A reason's name in words."""
    return REASONS.get(reason, reason.replace("_", " "))


def sentence(column: str, facts: Facts, row: int) -> str:
    """What a column says of one release; its readable name where it has no words, or where its value is not known."""
    if column not in WORDS:
        return column.replace("_", " ")
    words = WORDS[column]
    if any(_unknown(facts, name, row) for name in words.rests_on):
        return f"{label(words.reason)}: not known"
    return words.say(facts, row)


def _unknown(facts: Facts, name: str, row: int) -> bool:
    if name in facts.texts:
        return facts.texts[name][row] is None
    known = facts.of(name if name in facts.features else f"{name}_{facts.horizon}", row)
    return not np.isfinite(known)
