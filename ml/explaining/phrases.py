"""Sentences about one release, each from the raw features it rests on: what a seller can check in sales and catalogue.

Belongs here: one function (or maker of functions) per kind of sentence. Does not belong here: which column of the model
says which sentence (words.py).
"""

from __future__ import annotations

import math

import numpy as np

from ml.explaining.facts import Facts, Words, against, amount
from ml.explaining.plans import ordered_ahead

YOUNG = 28  # days; a rate is never taken over fewer


def _pace(rate: float, level: float) -> str:
    if level <= 0:
        return ""
    said = against(rate / level)
    return ", its usual pace" if said == "as much as" else f", {said} usual"


def sold_lately(days: int, reason: str) -> Words:
    """Units of the last days against the usual pace."""
    name = f"units_{days}"

    def say(facts: Facts, row: int) -> str:
        units = facts.of(name, row)
        if units == 0:
            return f"sold nothing in the last {days} days"
        pace = ordered_ahead(facts, row, days) + _pace(units / days, float(facts.level[row]))
        return f"sold {amount(units)} in the last {days} days{pace}"

    return Words(reason, (name,), say)


def opening(facts: Facts, row: int) -> str:
    """The usual pace; of a release in its first weeks what it has sold, which is what the pace is made of."""
    pace, units = amount(float(facts.level[row]) * facts.horizon), facts.of("units_all", row)
    age = facts.of("age_days", row) + 1
    if not (0 < age < YOUNG and units > 0):
        return f"its usual pace: {pace} units in {facts.horizon} days"
    first = "on its first day" if age == 1 else f"in its first {age:.0f} days"
    so_far = f"sold {amount(units)} {first}{ordered_ahead(facts, row, YOUNG)}"
    if abs(float(facts.level[row]) * YOUNG - units) > max(0.02 * units, 0.1):  # it was out of stock on some days
        return f"{so_far}: a pace of {pace} in {facts.horizon} days in stock"
    return f"{so_far}: spread over {YOUNG} days, {pace} in {facts.horizon} days"


def sold_ever(facts: Facts, row: int) -> str:
    """Units of all days."""
    return f"sold {amount(facts.of('units_all', row))} in all so far{ordered_ahead(facts, row, math.inf)}"


def a_year_ago(facts: Facts, row: int) -> str:
    """Units of the same days a year ago against the pace now."""
    units = facts.of(f"units_last_year_{facts.horizon}", row)
    if units == 0:
        return f"sold nothing in these {facts.horizon} days a year ago"
    pace = _pace(units / facts.horizon, float(facts.level[row]))
    return f"sold {amount(units)} in these {facts.horizon} days a year ago{pace.replace('usual', 'its pace now')}"


def size_is(facts: Facts, row: int) -> str:
    """The usual pace."""
    return f"a release that sells about {amount(float(facts.level[row]) * 30)} in 30 days"


def pause_is(facts: Facts, row: int) -> str:
    """Days since the last sale."""
    days = facts.of("recency_days", row)
    return {0: "sold on the last day", 1: "one day without a sale"}.get(int(days), f"no sale for {days:,.0f} days")


def regular(days: int) -> Words:
    """Days with a sale among the last ones."""
    name = f"active_days_{days}"

    def say(facts: Facts, row: int) -> str:
        known = min(days, facts.of("days_known", row))
        return f"sold on {facts.of(name, row):.0f} of the last {known:.0f} days"

    return Words("regularity", (name,), say)


def steady(facts: Facts, row: int) -> str:
    """How much its days differ."""
    spread, level = facts.of("daily_sd_182", row), float(facts.level[row])
    if level <= 0 or spread > 3 * level:
        return "sells in bursts: a few days make most of its sales"
    return "sells steadily from day to day" if spread < level else "sells unevenly from day to day"


def age_is(facts: Facts, row: int) -> str:
    """Days since the first sale."""
    days = facts.of("age_days", row)
    return f"first sold {days:,.0f} days ago" if days < 364 else "has been selling for more than a year"


def release_age(facts: Facts, row: int) -> str:
    """Days since, or to, the release date."""
    days = facts.of("release_age_days", row)
    if days < 0:
        return f"comes out in {-days:,.0f} days"
    return f"came out {days:,.0f} days ago" if days < 730 else f"came out {days / 365.25:.0f} years ago"


def price_is(facts: Facts, row: int) -> str:
    """What a unit has brought."""
    return f"sells at {facts.of('price_all', row):,.2f} a unit"


def price_moved(recent: str, before: str, says: str) -> Words:
    """What a unit brought lately against another price of it."""

    def say(facts: Facts, row: int) -> str:
        now, then = facts.of(recent, row), facts.of(before, row)
        return f"costs {against(now / then if then > 0 else float('nan'))} {says}"

    return Words("price", (recent, before), say)


def momentum(facts: Facts, row: int) -> str:
    """All sales of 28 days against those of 90."""
    return f"everything together sold {against(facts.of('market_momentum', row))} usual in the last 28 days"


def market_season(facts: Facts, row: int) -> str:
    """All sales after this day a year ago against those before it."""
    said = against(facts.of(f"market_season_{facts.horizon}", row))
    return f"a year ago everything together sold {said} before in the days {facts.window()}"


def calendar(facts: Facts, row: int) -> str:
    """The days that are forecast."""
    return f"the days {facts.window()}"


def autumn(facts: Facts, row: int) -> str:
    """How many of them lie in autumn."""
    share = facts.of(f"autumn_share_{facts.horizon}", row)
    return f"{share:.0%} of the days {facts.window()} lie in October to December"


def artist_sold(facts: Facts, row: int) -> str:
    """Units of the artist's other releases."""
    units = facts.of("artist_other_units_90", row)
    return f"other releases of this artist sold {amount(units) if units else 'nothing'} in 90 days"


def artist_count(facts: Facts, row: int) -> str:
    """Which release of the artist's year it is."""
    others = int(facts.of("artist_releases_365", row))
    if others == 0:
        return "no other release of this artist within a year"
    return f"{_ordinal(others + 1)} release of this artist within a year"


def _ordinal(number: int) -> str:
    named = ("zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    if number < len(named):
        return named[number]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def artist_mean(facts: Facts, row: int) -> str:
    """Units of each of the artist's other releases."""
    return f"other releases of this artist sold {amount(facts.of('artist_mean_units_364', row))} each in a year"


def list_price_moved(days: int) -> Words:
    """The list price in force against its mean."""
    name = f"price_now_{days}"

    def say(facts: Facts, row: int) -> str:
        said = against(float(np.exp(facts.of(name, row))))
        if said == "as much as":
            return f"its list price is as it was over the last {days} days"
        return f"its list price is {said.replace('more', 'higher').replace('less', 'lower')} over the last {days} days"

    return Words("price", (name,), say)


def price_days(facts: Facts, row: int) -> str:
    """Days since the list price last changed."""
    return f"its list price has stood for {facts.of('price_days', row):,.0f} days"


def heard(kind: str) -> Words:
    """Plays or mentions of 28 days; none is what sources report, and not that they are silent."""
    name = f"{kind}_28"

    def say(facts: Facts, row: int) -> str:
        units = facts.of(name, row)
        return f"{amount(units)} {kind} in the last 28 days" if units else f"no {kind} reported in the last 28 days"

    return Words("attention", (name,), say)


def heard_change(kind: str) -> Words:
    """Plays or mentions of 28 days against those of 90."""

    def say(facts: Facts, row: int) -> str:
        now, before = facts.of(f"{kind}_28", row) / 28, facts.of(f"{kind}_90", row) / 90
        return f"{kind} of the last 28 days: {against(now / before if before > 0 else float('nan'))} in the last 90"

    return Words("attention", (f"{kind}_28", f"{kind}_90"), say)


def similar_sold(name: str, says: str) -> Words:
    """Units of similar releases."""

    def say(facts: Facts, row: int) -> str:
        return says.format(amount(facts.of(name, row)))

    return Words("similar", (name,), say)


RULES = {
    "naive": "the last {h} days again would be {u}",
    "seasonal_naive": "the same {h} days a year ago again would be {u}",
    "mean_28": "to go on as in the last 28 days would be {u}",
    "tsb": "to sell as often, and as many at a time, as lately would be {u}",
}


def rule_says(name: str) -> Words:
    """What a simple rule expects."""

    def say(facts: Facts, row: int) -> str:
        return RULES[name].format(h=facts.horizon, u=amount(facts.of(f"rule_{name}", row)))

    return Words("rules", (f"rule_{name}",), say)


def text_is(name: str, says: str) -> Words:
    """The catalogue's own word."""

    def say(facts: Facts, row: int) -> str:
        return says.format(facts.texts[name][row] if name in facts.texts else "not known")

    return Words("kind", (name,), say)
