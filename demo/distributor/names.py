"""Invented names of artists, titles, companies and persons, put together from word lists.

Addresses end in example.com and telephone numbers hold 555: none of them can be anybody's.
"""

from __future__ import annotations

import numpy as np

GENRES = ("rock", "electronic", "hip hop", "jazz", "classical", "pop", "folk", "metal")
FORMATS = ("LP", "CD", "digital", "cassette")
COUNTRIES = ("Germany", "France", "United Kingdom", "Netherlands", "Spain", "Sweden", "Italy", "Poland")
KINDS = ("shop", "chain", "streaming", "wholesale")

_ADJECTIVES = (
    "Amber", "Broken", "Crooked", "Distant", "Electric", "Faded", "Gilded", "Hollow", "Infinite", "Jagged", "Kindred",
    "Lunar", "Midnight", "Northern", "Oblique", "Paper", "Quiet", "Restless", "Silver", "Tidal", "Velvet", "Wandering",
)  # fmt: skip
_NOUNS = (
    "Antlers", "Bridges", "Cartographers", "Dials", "Engines", "Foxes", "Gardens", "Harbours", "Islands", "Junctions",
    "Kites", "Lanterns", "Mirrors", "Nomads", "Orchards", "Pilots", "Quarries", "Rivers", "Signals", "Turbines",
)  # fmt: skip
_TITLES = (
    "After the {n}", "{a} Weather", "Songs for {n}", "The {a} Hours", "{n} at Dusk", "{a} and Slow", "No More {n}",
    "Maps of {n}", "{a} Season", "Where the {n} Sleep", "{a} Rooms", "Letters to {n}",
)  # fmt: skip
_COMPANIES = ("Records", "Music Trading", "Discs", "Sound Supply", "Vinyl House", "Audio Distribution")
_FIRST_NAMES = ("Ada", "Bram", "Clea", "Dario", "Edda", "Falk", "Greta", "Hugo", "Ines", "Jorik", "Kaja", "Levin")
_LAST_NAMES = ("Abendroth", "Brandvik", "Corvani", "Dubrel", "Estermann", "Fjeldal", "Grunow", "Halloran", "Imhoff")
_STREETS = ("Mill Lane", "Station Road", "Canal Street", "Harbour Way", "Orchard Road", "Tower Street")


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def artist_name(rng: np.random.Generator) -> str:
    """Return a band's name."""
    return f"{_pick(rng, _ADJECTIVES)} {_pick(rng, _NOUNS)}"


def title(rng: np.random.Generator) -> str:
    """Return a release's title."""
    return _pick(rng, _TITLES).format(a=_pick(rng, _ADJECTIVES), n=_pick(rng, _NOUNS))


def label(rng: np.random.Generator) -> str:
    """Return a record label's name."""
    return f"{_pick(rng, _ADJECTIVES)} {_pick(rng, _NOUNS)} Recordings"


def company(rng: np.random.Generator) -> str:
    """Return a buyer's company name."""
    return f"{_pick(rng, _ADJECTIVES)} {_pick(rng, _NOUNS)} {_pick(rng, _COMPANIES)}"


def contact(rng: np.random.Generator) -> dict[str, str]:
    """Return an invented person's contact data."""
    first, last = _pick(rng, _FIRST_NAMES), _pick(rng, _LAST_NAMES)
    return {
        "contact_name": f"{first} {last}",
        "email": f"{first}.{last}{int(rng.integers(100))}@example.com".lower(),
        "phone": f"+1-555-{int(rng.integers(100, 1000))}-{int(rng.integers(10_000)):04d}",
        "address": f"{int(rng.integers(1, 200))} {_pick(rng, _STREETS)}",
    }
