"""Sentences about what is known ahead: announced prices, promotions, what was ordered before a release came out.

Belongs here: as in phrases.py, of plans. Does not belong here: which column says which sentence (words.py).
"""

from __future__ import annotations

import numpy as np

from ml.explaining.facts import Facts, against, amount


def price_planned(facts: Facts, row: int) -> str:
    """The announced list price against the one in force."""
    said = against(float(np.exp(facts.of(f"price_plan_{facts.horizon}", row))))
    if said == "as much as":
        return "no other list price is announced"
    return f"its announced list price is {said.replace('more', 'higher').replace('less', 'lower')} today's on the mean"


def promotion_is(facts: Facts, row: int) -> str:
    """Days of an announced promotion."""
    days = facts.of(f"promotion_share_{facts.horizon}", row) * facts.horizon
    return f"{days:.0f} of the days {facts.window()} are on promotion" if days else "no promotion is announced"


def promotion_depth(facts: Facts, row: int) -> str:
    """How much lower its price is then."""
    off = 1 - float(np.exp(-facts.of(f"promotion_depth_{facts.horizon}", row)))
    return f"a promotion with {off:.0%} off is announced"


def pre_ordered(facts: Facts, row: int) -> str:
    """Units ordered before it came out."""
    units = facts.of("pre_ordered_units", row)
    return f"{amount(units)} were ordered before it came out" if units else "nobody ordered it before it came out"


def pre_order_buyers(facts: Facts, row: int) -> str:
    """Buyers who ordered it before it came out."""
    buyers = facts.of("pre_order_buyers", row)
    said = "one buyer" if buyers == 1 else f"{buyers:,.0f} buyers" if buyers else "no buyer"
    return f"{said} ordered it before it came out"


def ordered_ahead(facts: Facts, row: int, days: float) -> str:
    """Pre-orders among the units: they count on the day it came out, though sales of days have them when ordered."""
    units, is_young = facts.of("pre_ordered_units", row), 0 <= facts.of("release_age_days", row) < days
    return f", {amount(units)} of them ordered before it came out" if units > 0 and is_young else ""
