"""The planted sales and catalogue that the folders are written from."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from decimal import Decimal

TITLES = ("Größte Hits", "L'Été à Paris", "Side; B", 'The "Loud" One', "Kindred, Again", "Total", "Nächte", "Blue Run")
ARTISTS = ("Die Ärzte-Band", "Björk Söhne", "Les Élèves", "AC & Co", "The Lathes")


@dataclass(frozen=True)
class Release:
    """One release of the catalogue."""

    sku: str
    ean: str
    catno: str
    title: str
    artist: str
    label: str
    released: dt.date
    price: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Line:
    """One line of an order; negative quantities give units back."""

    order: str
    number: int
    day: dt.date
    buyer: str
    buyer_name: str
    country: str
    release: Release
    quantity: int
    price: Decimal


def check_digit(digits: str) -> str:
    """The digits of an EAN with the last one, computed as GS1 says."""
    total = sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(digits))
    return f"{digits}{-total % 10}"


def catalogue(count: int = 12) -> list[Release]:
    """Releases whose numbers and EANs begin with zeros in part."""
    made = []
    for at in range(count):
        ean = check_digit(f"{'0' if at % 3 == 0 else '4'}0063813{at:04d}")
        title = f"{TITLES[at % len(TITLES)]} {at}" if at != 5 else "Total"
        made.append(
            Release(
                sku=f"{at * 37 + 12:06d}",
                ean=ean,
                catno=f"LQ{at:03d}",
                title=title,
                artist=ARTISTS[at % len(ARTISTS)],
                label=f"Label {at % 3}",
                released=dt.date(2024, 1 + at % 12, 1 + at),
                price=Decimal("19.90") + at,
                cost=Decimal("9.25") + at,
            )
        )
    return made


def sales(
    releases: list[Release], days: int = 60, start: dt.date = dt.date(2025, 12, 20), per_day: int = 2
) -> list[Line]:
    """Lines of orders, the same in every call; some return units, some cost over a thousand."""
    chance = random.Random(7)
    made: list[Line] = []
    number = 0
    for day in range(days):
        for _ in range(per_day):
            number += 1
            buyer = chance.randrange(5)
            back = number % 11 == 0
            for at, release in enumerate(chance.sample(releases, chance.randint(1, 3)), 1):
                quantity = chance.randint(1, 1200 if number % 13 == 0 else 20)
                price = Decimal(chance.choice((950, 1125, 1490, 123456))) / 100
                made.append(
                    Line(
                        order=f"{number + 4000:07d}",
                        number=at,
                        day=start + dt.timedelta(days=day),
                        buyer=f"{10000 + buyer}",
                        buyer_name=f"Plattenladen Nº{buyer} & Söhne",
                        country=("Deutschland", "France", "Austria")[buyer % 3],
                        release=release,
                        quantity=-quantity if back else quantity,
                        price=price,
                    )
                )
    return made
