"""Offers of others: a price is an event when it changes, and so is an offer that is sold out or gone.

An offer that can no longer be had is kept as an event with `availability: out_of_stock` and the price last asked, so
that a competitor without stock is told from one who was never seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import Field

from lake.journals.standings import Standing
from resources.outside.apis.shapes import Shape
from resources.outside.source import Event, Visit, instant, signal

OUT = " out"
MARK = " offer "


class Money(Shape):
    """An amount and its currency, whichever way an interface names them."""

    amount: Decimal = Field(ge=0, max_digits=12)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


@dataclass(frozen=True)
class Offer:
    """What somebody asks for a release.

    Attributes:
        seller: who, as `source` of the event.
        price: per unit.
        currency: ISO 4217.
        condition: new, used, … where it is stated.
        is_available: whether it can be had now.
        statistic: `lowest` where it is the lowest of several.
        raw: the offer as the interface states it.
    """

    seller: str
    price: Decimal
    currency: str
    condition: str | None = None
    is_available: bool = True
    statistic: str | None = None
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What tells it from the others of its item."""
        return f"{self.seller}|{self.condition or ''}|{self.currency}"


def offer_events(
    item: str,
    release: str,
    offers: Iterable[Offer],
    visit: Visit,
    region: str | None = None,
    *,
    is_all: bool = True,
) -> tuple[list[Event], dict[str, Standing]]:
    """Events for the offers that have another price or availability than last seen, or are gone.

    Args:
        item: prefix of their standings.
        release: release_id.
        offers: those that there are now; of several with one name the cheapest that can be had counts.
        visit: of the fetch.
        region: market.
        is_all: whether there are no others; where there are, a missing one may still stand and is left as it was.
    """
    events: list[Event] = []
    standings: dict[str, Standing] = {}
    now: dict[str, Offer] = {}
    for offer in sorted(offers, key=lambda one: (not one.is_available, one.price)):
        now.setdefault(offer.name, offer)
    for name, offer in sorted(now.items()):
        said = f"{offer.price} {offer.currency}{'' if offer.is_available else OUT}"
        standings[f"{item}{MARK}{name}"] = Standing(fingerprint=said)
        if visit.standing(f"{item}{MARK}{name}").fingerprint != said:
            events.append(_event(item, release, offer, visit, region))
    gone = [name for name in visit.standings if name.startswith(f"{item}{MARK}") and name not in standings]
    for name in sorted(gone if is_all else ()):
        last = visit.standing(name).fingerprint or ""
        if last.endswith(OUT):
            continue
        price, currency = last.split(" ")[:2]
        seller, condition, _ = name.removeprefix(f"{item}{MARK}").rsplit("|", 2)
        offer = Offer(seller, Decimal(price), currency, condition or None, is_available=False)
        standings[name] = Standing(fingerprint=last + OUT)
        events.append(_event(item, release, offer, visit, region))
    return events, standings


def _event(item: str, release: str, offer: Offer, visit: Visit, region: str | None) -> Event:
    return signal(
        f"{item}:{offer.name}:{instant(visit.now)}",
        "competitor_price",
        ("release", release),
        offer.price,
        offer.currency,
        visit.now,
        offer.seller,
        region=region,
        condition=offer.condition,
        statistic=offer.statistic,
        availability="in_stock" if offer.is_available else "out_of_stock",
        raw=offer.raw or None,
    )
