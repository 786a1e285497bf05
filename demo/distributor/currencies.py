"""Who pays in which currency, what a release is listed at there, and the rates of exchange of each business day.

A country has one currency. List prices in other currencies follow the one in euros by a fixed factor; the rates move
around it. The rates are simulated.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import polars as pl

from demo.distributor.options import draws
from demo.distributor.world import World

CURRENCY = "EUR"  # of the distributor's own books
CURRENCIES = (CURRENCY, "GBP", "USD")
ABROAD = {"United Kingdom": "GBP", "Poland": "USD"}  # the others pay in euros
LIST_PERCENT = (100, 86, 109)  # of the list price in euros, by currency
RATES = {"GBP": (0.86, 5, 0.4), "USD": (1.09, 4, 2.1)}  # units for one euro, decimals, phase
RATES_BEFORE = 7  # days before the first whose rates are known

Ints = npt.NDArray[np.int64]


def listed(cents: Ints) -> Ints:
    """Return list prices in each of the currencies (first axis), in hundredths, for those in euro cents."""
    return np.stack([cents, *(cents * percent // 1000 * 10 + 9 for percent in LIST_PERCENT[1:])])


def rate(seed: int, currency: str, day: int) -> str:
    """Return the units of a currency for one euro on a day, as text."""
    base, places, phase = RATES[currency]
    noise = draws(seed, f"rate {currency}", day).normal(0.0, 0.002)
    waves = 0.03 * math.sin(day / 50 + phase) + 0.008 * math.sin(day / 9 + phase)
    return f"{base * (1 + waves + noise):.{places}f}"


def rates(world: World, first: int, last: int) -> pl.DataFrame:
    """Return the rates of the business days from `first` to `last`: day, currency, rate."""
    days = [day for day in range(first, last + 1) if world.calendar.day(day).weekday() < 5]
    rows = [(day, currency, rate(world.size.seed, currency, day)) for day in days for currency in RATES]
    return pl.DataFrame(rows, schema={"day": pl.Int64, "currency": pl.String, "rate": pl.String}, orient="row")
