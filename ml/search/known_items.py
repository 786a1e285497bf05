"""Queries for items that somebody knows, made from a catalogue with a seed, and how well a ranking finds them.

Each query knows its one item. It is built from parts of two fields that no index holds together, as people remember
them: misspelt, in another form, in part, or by a style and one word of the title.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2_000
DEPTH = 10


@dataclass(frozen=True)
class Item:
    """What is known of one item of the catalogue."""

    key: str
    title: str
    artist: str
    styles: str


@dataclass(frozen=True)
class KnownItem:
    """A query, how it was made, and the item that it looks for."""

    query: str
    kind: str
    key: str


def known_items(items: Sequence[Item], count: int, seed: int) -> list[KnownItem]:
    """`count` queries of the four kinds in turn, each for another item; the same for the same seed.

    No two queries are the same; an item of which a kind can make no query is left out.
    """
    rng = random.Random(seed)
    kinds = list(KINDS.items())
    drawn: list[KnownItem] = []
    seen: set[str] = set()
    for one in rng.sample(list(items), len(items)):
        if len(drawn) == count:
            break
        kind, make = kinds[len(drawn) % len(kinds)]
        query = make(one, rng)
        if query and query not in seen:
            seen.add(query)
            drawn.append(KnownItem(query, kind, one.key))
    return drawn


def ndcg(ranking: Sequence[str], key: str, depth: int = DEPTH) -> float:
    """NDCG of a ranking with one relevant item: 1 at the first place, 0 below `depth`.

    >>> ndcg(["a", "b"], "a"), ndcg(["a", "b"], "c")
    (1.0, 0.0)
    """
    listed = list(ranking[:depth])
    return float(1 / np.log2(2 + listed.index(key))) if key in listed else 0.0


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """The mean with the limits of its 95% bootstrap interval, queries drawn anew."""
    found = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = found[rng.integers(0, len(found), (RESAMPLES, len(found)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(found.mean()), float(low), float(high)


def _misspelt(one: Item, rng: random.Random) -> str:
    """Title and artist with two slips of the fingers in their longer words."""
    words = f"{one.title} {one.artist}".lower().split()
    long = [place for place, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if len(long) < 2 or len(words) > 8:
        return ""
    for place in rng.sample(long, 2):
        words[place] = _slip(words[place], rng)
    return " ".join(words)


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        ]
    )


def _variant(one: Item, _: random.Random) -> str:
    """The artist's last name first and written with `and`, and the title without what stands in brackets."""
    artist = one.artist.lower().replace("&", "and").removeprefix("the ").split()
    title = one.title.lower().split(" (")[0]
    if len(artist) < 2 or len(artist) > 4:
        return ""
    return f"{artist[-1]}, {' '.join(artist[:-1])} {title}"


def _partial(one: Item, rng: random.Random) -> str:
    """One word of the title, and the beginning of a word of the artist at the end, as one types."""
    title = [word for word in one.title.lower().split() if len(word) >= 5 and word.isalpha()]
    artist = [word for word in one.artist.lower().split() if len(word) >= 6 and word.isalpha()]
    return f"{rng.choice(title)} {rng.choice(artist)[:4]}" if title and artist else ""


def _mood(one: Item, rng: random.Random) -> str:
    """A style, which the words of the catalogue do not hold, and two words of title and artist."""
    style = one.styles.split(",")[0].strip().lower()
    title = [word for word in one.title.lower().split() if len(word) >= 4 and word.isalpha()]
    artist = [word for word in one.artist.lower().split() if len(word) >= 4 and word.isalpha()]
    return f"{style} {rng.choice(title)} {rng.choice(artist)}" if style and title and artist else ""


KINDS: dict[str, Callable[[Item, random.Random], str]] = {
    "misspelt": _misspelt,
    "variant": _variant,
    "partial": _partial,
    "mood": _mood,
}
