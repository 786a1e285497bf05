"""How alike two releases are, trait by trait, and how much each trait is worth.

Two releases share a trait to a degree of 0 to 1; the weight of one in another's forecast is exp(sum of worth x degree).
The worths are those with which past launches would have been forecast best, each from the ones whose first days were
over before it: kernel regression with a learnt metric (Weinberger and Tesauro 2007, "Metric learning for kernel
regression"), searched one trait at a time over a short grid; a trait that does not help by more than chance is worth
nothing.

Belongs here: traits and weights. Does not belong here: what is made of them (forecaster.py).
To add a trait: a column in TEXTS or NUMBERS where the catalogue has it, in HEARD where the music does, or a line in
`Traits.degrees`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.cold_start.artists import ARTIST, ArtistLevels
from ml.cold_start.launches import Launches
from ml.evaluation.arrays import Bools, Floats

Ints = NDArray[np.int64]
Degrees = NDArray[np.float64]

TEXTS = ("artist_id", "label_id", "genre", "format")
# Name -> distance at which two numbers have stopped being alike; prices are compared by their logarithm.
NUMBERS = {"list_price": 0.5, "release_year": 10.0}
HEARD = {"bpm": 30.0, "loudness": 6.0}  # beats a minute, LUFS; a trait from the day on which it was heard
# What a trait is worth until the launches say otherwise; one that stands here and not in the data does no harm.
ASSUMED = {"artist_id": 1.0, "artist_level": 2.0, "label_id": 0.5, "genre": 0.5, "format": 0.5, "title": 1.0}
GRID = (0.0, 0.5, 1.0, 2.0, 3.0, 4.5)
SWEEPS = 2
LEAST_GAIN = 0.01  # share of the squared error that a trait has to save, and that by two standard errors
STANDARD_ERRORS = 2.0
FEWEST_LAUNCHES = 20
FEWEST_NEIGHBOURS = 5
LEARNT_FROM = 400  # newest launches; the search costs the square of them
MOST_NEIGHBOURS = 1000  # newest launches that a forecast rests on
LEVEL_APART = 1.5  # difference of two logarithms at which artists' levels have stopped being alike
YEAR = 365.25
_WORD = re.compile(r"[a-z]{3,}")


@dataclass(frozen=True)
class Traits:
    """What the launches can be compared by, in their order."""

    texts: dict[str, Ints]
    numbers: dict[str, Floats]
    words: NDArray[np.float32]
    launch: Floats
    artists: ArtistLevels | None = None
    heard: dict[str, Floats] = field(default_factory=dict)
    heard_on: Floats | None = None

    @classmethod
    def of(
        cls, launches: Launches, sales: pl.DataFrame, catalogue: pl.DataFrame, sound: pl.DataFrame | None = None
    ) -> Traits:
        """The traits of all launches; a column that the catalogue lacks is a trait that nobody shares.

        `sound` is that of `Facts`: what was heard of a release, and on which day.
        """
        frame = launches.catalogue
        texts = {name: _codes(frame[name]) for name in TEXTS if name in frame.columns}
        numbers = {
            name: frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in NUMBERS if name in frame.columns
        }
        if "list_price" in numbers:
            with np.errstate(divide="ignore", invalid="ignore"):
                numbers["list_price"] = np.where(numbers["list_price"] > 0, np.log(numbers["list_price"]), np.nan)
        titles = frame["title"].to_list() if "title" in frame.columns else [None] * frame.height
        levels = None
        if ARTIST in texts:
            named = frame[ARTIST].cast(pl.String).drop_nulls().unique().sort()
            levels = ArtistLevels.of(sales, catalogue, named, launches.start)
        heard_on, heard = _heard(launches, sound)
        return cls(texts, numbers, _words(titles), launches.launch, levels, heard, heard_on)

    def degrees(self, one: Ints, other: Ints, day: int) -> dict[str, Degrees]:
        """Per trait the degrees (len(one), len(other)) to which the releases share it; unknown is not shared.

        What artists sold is looked at as it stood right before each launch, and at `day` of those that are to come. Of
        what was heard, all that was by `day` counts: a recording does not change with what it sells.
        """
        found: dict[str, Degrees] = {}
        for name, codes in self.texts.items():
            both = codes[one][:, None] == codes[other][None, :]
            found[name] = (both & (codes[one] >= 0)[:, None]).astype(np.float64)
        for name, values in (self.numbers | self._heard_by(day)).items():
            apart = np.abs(values[one][:, None] - values[other][None, :]) / (NUMBERS | HEARD)[name]
            found[name] = np.nan_to_num(np.maximum(1 - apart, 0.0), nan=0.0)
        if self.artists is not None:
            level = [
                self.artists.at(self.texts[ARTIST][rows], np.minimum(self.launch[rows] - 1, day).astype(np.int64))
                for rows in (one, other)
            ]
            apart = np.abs(level[0][:, None] - level[1][None, :]) / LEVEL_APART
            found["artist_level"] = np.nan_to_num(np.maximum(1 - apart, 0.0), nan=0.0)
        if self.words.shape[1]:
            found["title"] = (self.words[one] @ self.words[other].T).astype(np.float64)
        apart = np.abs(self.launch[one][:, None] - self.launch[other][None, :])
        found["lately"] = np.exp(-apart / YEAR)
        found["season"] = (1 + np.cos(2 * np.pi * apart / YEAR)) / 2
        return {name: degree for name, degree in found.items() if degree.any()}

    def _heard_by(self, day: int) -> dict[str, Floats]:
        if self.heard_on is None:
            return {}
        return {name: np.where(self.heard_on <= day, values, np.nan) for name, values in self.heard.items()}


def _heard(launches: Launches, sound: pl.DataFrame | None) -> tuple[Floats | None, dict[str, Floats]]:
    """Day and values of what was first heard of each launch, NaN where nothing was; without a source None and none."""
    if sound is None:
        return None, {}
    first = sound.sort("ds", "unique_id", *HEARD).unique("unique_id", keep="first", maintain_order=True)
    rows = launches.ids.to_frame("unique_id").join(first, on="unique_id", how="left", maintain_order="left")
    day = (rows["ds"] - launches.start).dt.total_days()
    values = {name: rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in HEARD}
    return day.cast(pl.Float64).fill_null(np.nan).to_numpy(), values


def _codes(values: pl.Series) -> Ints:
    text = values.cast(pl.String)
    names = text.drop_nulls().unique().sort()
    place = pl.Series(np.arange(len(names)))
    return text.replace_strict(names, place, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()


def _words(titles: list[str | None]) -> NDArray[np.float32]:
    """Titles as unit vectors of their words, rare words longer (TF-IDF); a word of one title alone counts for none."""
    found = [sorted(set(_WORD.findall((title or "").lower()))) for title in titles]
    counts: dict[str, int] = {}
    for words in found:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    place = {word: k for k, word in enumerate(sorted(word for word, n in counts.items() if n > 1))}
    vectors = np.zeros((len(titles), len(place)), dtype=np.float32)
    for row, words in enumerate(found):
        for word in words:
            if word in place:
                vectors[row, place[word]] = np.log(len(titles) / counts[word])
    length = np.sqrt((vectors**2).sum(axis=1, keepdims=True))
    unit: NDArray[np.float32] = np.divide(vectors, length, out=vectors, where=length > 0)
    return unit


def weights(degrees: Mapping[str, Degrees], worth: Mapping[str, float], allowed: Bools | None = None) -> Degrees:
    """The weight of each past launch (column) in each forecast (row); rows add up to 1, those not `allowed` count 0."""
    shape = next(iter(degrees.values())).shape
    score = np.zeros(shape)
    for name, degree in degrees.items():
        if worth.get(name, 0.0):
            score += worth[name] * degree
    found = np.exp(score - score.max(axis=1, keepdims=True))
    if allowed is not None:
        found *= allowed
    return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)


def is_better(errors: Floats, best: Floats) -> bool:
    """Whether the squared errors are smaller by one in a hundred, and by more than chance makes of it."""
    gain = best - errors
    return bool(gain.mean() > max(LEAST_GAIN * best.mean(), STANDARD_ERRORS * gain.std() / np.sqrt(len(gain))))


def learn(
    degrees: Mapping[str, Degrees], value: Floats, allowed: Bools, start: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The worth of each trait: with which the value (n,) of past launches would have been forecast best.

    `degrees` are (n, n) among the launches; `allowed` (n, n) says whose first days were over when the launch of the row
    came out, for nothing else could have forecast it. `start` holds worths that stay as they are. Fewer than 20
    launches that could be forecast teach nothing: all that are left are alike.
    """
    fixed = dict(start or {})
    worth = {name: ASSUMED.get(name, 0.0) for name in degrees} | fixed
    asked = np.flatnonzero(allowed.sum(axis=1) >= FEWEST_NEIGHBOURS)
    if len(asked) < FEWEST_LAUNCHES:
        return worth
    rows = {name: degree[asked] for name, degree in degrees.items()}

    def errors(tried: Mapping[str, float]) -> Floats:
        said = weights(rows, tried, allowed[asked]) @ value
        return np.asarray((said - value[asked]) ** 2, dtype=np.float64)

    best = errors(worth)
    for _ in range(SWEEPS):
        before = dict(worth)
        for name in (name for name in degrees if name not in fixed):
            tried = {x: errors(worth | {name: x}) for x in GRID if x != worth[name]}
            finest = min(tried, key=lambda x: tried[x].mean())
            if is_better(tried[finest], best):
                best, worth = tried[finest], worth | {name: finest}
        if worth == before:
            break
    return worth
