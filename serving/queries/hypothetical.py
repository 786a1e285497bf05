"""Forecasts of releases that are not in the catalogue, by the cold start over what the reader may see.

Sales and launches of a publication are read once. A scoped reader's forecasts rest on the launches of its labels only.
"""

import datetime as dt
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from serving.queries.projection import projection
from serving.queries.reader import Reader
from serving.queries.records import HorizonForecast, Range, Record

if TYPE_CHECKING:
    import polars as pl

    from ml.cold_start.hypothetical import Hypothetical
    from ml.forecasting.facts import Facts

NEEDS = ("gold.fct_sales_day", "silver.releases_history", "gold.forecasts")
AHEAD = dt.timedelta(days=366)
STATISTICS = {"mean": "mean", "p10": "q0.1", "p50": "q0.5", "p90": "q0.9"}
Text = Field(default=None, max_length=200)


class HypotheticalRelease(BaseModel):
    """A release that is not in the catalogue. What is left out is not compared with other releases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    release_date: dt.date
    title: str | None = Text
    artist: str | None = Field(default=None, max_length=200, description="id or name; one that is not known is new")
    label: str | None = Field(default=None, max_length=200, description="id or name; one that is not known is new")
    genre: str | None = Text
    format: str | None = Text
    list_price: FiniteFloat | None = Field(default=None, gt=0, le=1e6, description="in the catalogue's currency")


class PastLaunch(Record):
    """A past launch that a forecast rests on; `weight` is its share in it."""

    release_id: str
    title: str | None
    artist_name: str | None
    launch: dt.date
    weight: float
    units_first_30_days: float


class HypotheticalForecast(Record):
    """What a hypothetical release would sell from its release date on.

    `artist_id` and `label_id` are those that were found in the catalogue. `launches` counts the past launches that were
    compared; `rests_on` lists those with the largest weights.
    """

    release: HypotheticalRelease
    artist_id: str | None
    label_id: str | None
    origin: dt.date
    currency: str
    horizons: list[HorizonForecast]
    launches: int
    rests_on: list[PastLaunch]


class NoForecastError(ValueError):
    """Why a hypothetical release cannot be forecast."""


@dataclass(frozen=True)
class _Past:
    """What the cold start reads of one publication."""

    sales: "pl.DataFrame"
    catalogue: "pl.DataFrame"
    facts: "Facts"
    backtest: "pl.DataFrame"
    choice: "pl.DataFrame"
    names: dict[str, dict[str, str]]


@dataclass
class HypotheticalForecasts:
    """Answers for readers; what they read of a publication is kept as long as its reader."""

    _past: WeakKeyDictionary[Reader, _Past] = field(default_factory=WeakKeyDictionary)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forecast(self, reader: Reader, asked: list[HypotheticalRelease]) -> list[HypotheticalForecast]:
        """The forecasts of releases at the newest origin, in their order.

        Raises:
            NoForecastError: nothing is published to forecast from, too few launches are known, or a date is none to
                forecast from.
        """
        from ml.cold_start.hypothetical import HypotheticalError, forecast_hypothetical

        origin = reader.origin
        if origin is None or not reader.has(*NEEDS):
            raise NoForecastError(f"the published state lacks one of {', '.join(NEEDS)}: run lacquer run")
        if late := next((one for one in asked if one.release_date > origin + AHEAD), None):
            raise NoForecastError(f"release_date {late.release_date}: give a day until {origin + AHEAD}")
        with self._lock:
            if reader not in self._past:
                self._past[reader] = _read(reader)
        past = self._past[reader]
        releases = [_known(past.names, one) for one in asked]
        try:
            made = forecast_hypothetical(
                past.sales, past.catalogue, past.facts, past.backtest, past.choice, releases, origin
            )
        except HypotheticalError as error:
            raise NoForecastError(str(error)) from None
        return [
            HypotheticalForecast(
                release=told,
                artist_id=release.artist_id,
                label_id=release.label_id,
                origin=origin,
                currency=reader.house_currency,
                horizons=_horizons(forecast),
                launches=made.launches,
                rests_on=_launches(reader, rests_on),
            )
            for told, release, forecast, rests_on in zip(asked, releases, made.forecasts, made.rests_on, strict=True)
        ]


def _read(reader: Reader) -> _Past:
    import polars as pl

    from assets.forecasts.inputs_sql import SALES_SQL
    from assets.forecasts.newcomers import CHOICE_SQL, LAUNCH_CATALOGUE_SQL
    from ml.cold_start.awaited import rehearsed
    from ml.cold_start.choice import UNTRIED, completed
    from ml.cold_start.rehearsal import SCHEMA

    def frame(sql: str) -> "pl.DataFrame":
        return reader.cursor().sql(sql).pl()

    has_past, has_choice = reader.has("gold.cold_start_backtest"), reader.has("gold.cold_start_scores")
    backtest = rehearsed(frame("from gold.cold_start_backtest")) if has_past else pl.DataFrame(schema=SCHEMA)
    choice = completed(frame(CHOICE_SQL)) if has_choice else UNTRIED
    catalogue = frame(LAUNCH_CATALOGUE_SQL)
    return _Past(frame(SALES_SQL), catalogue, _facts(reader), backtest, choice, _names(reader, catalogue))


def _facts(reader: Reader) -> "Facts":
    """What the cold start reads beside sales and catalogue; a source that is not there, or has no row, is None."""
    from assets.forecasts.inputs_sql import PRE_ORDERS_SQL, SOUND_SQL, STOCK_OUTS_SQL
    from ml.forecasting.facts import Facts

    sources = {
        "stock_outs": (("gold.fct_inventory_snapshot",), STOCK_OUTS_SQL),
        "sound": (("silver.audio_analyses", "silver.tracks"), SOUND_SQL),
        "pre_orders": (("gold.fct_order_line", "gold.int_cancelled_order"), PRE_ORDERS_SQL),
    }
    known = {name: reader.cursor().sql(sql).pl() for name, (needs, sql) in sources.items() if reader.has(*needs)}
    return Facts(**{name: rows for name, rows in known.items() if rows.height})


def _names(reader: Reader, catalogue: "pl.DataFrame") -> dict[str, dict[str, str]]:
    """By attribute, what the catalogue calls each value, by the value in small letters; ids of artists and labels."""
    found: dict[str, dict[str, str]] = {"artist": {}, "label": {}, "genre": {}, "format": {}}
    for one in projection(reader).releases.values():
        for kind, key, name in (("artist", one.artist_id, one.artist_name), ("label", one.label_id, one.label_name)):
            if key is not None:
                found[kind] |= {key.casefold(): key, (name or key).casefold(): key}
    for kind in ("genre", "format"):
        found[kind] = {str(value).casefold(): str(value) for value in catalogue[kind].drop_nulls().unique().sort()}
    return found


def _known(names: dict[str, dict[str, str]], told: HypotheticalRelease) -> "Hypothetical":
    """The release in the words of the catalogue; what the catalogue does not know is like nothing in it."""
    from ml.cold_start.hypothetical import Hypothetical

    found = {kind: names[kind].get((getattr(told, kind) or "").strip().casefold()) for kind in names}
    return Hypothetical(
        release_date=told.release_date,
        title=told.title,
        artist_id=found["artist"],
        label_id=found["label"],
        genre=found["genre"],
        format=found["format"],
        list_price=told.list_price,
    )


def _horizons(made: "pl.DataFrame") -> list[HorizonForecast]:
    """The rows of one release by horizon."""
    rows: dict[tuple[int, str], dict[str, Any]] = {(row["horizon"], row["target"]): row for row in made.to_dicts()}
    return [
        HorizonForecast(
            horizon_days=horizon,
            starts_on=row["starts_on"],
            units=_range(row),
            revenue=_range(rows[horizon, "revenue"]),
            model=row["model"],
        )
        for (horizon, target), row in sorted(rows.items())
        if target == "units"
    ]


def _range(row: dict[str, Any]) -> Range:
    return Range(**{part: row[column] for part, column in STATISTICS.items()})


def _launches(reader: Reader, rests_on: "pl.DataFrame") -> list[PastLaunch]:
    releases = projection(reader).releases
    return [
        PastLaunch(
            release_id=row["unique_id"],
            title=releases[row["unique_id"]].title if row["unique_id"] in releases else None,
            artist_name=releases[row["unique_id"]].artist_name if row["unique_id"] in releases else None,
            launch=row["launch"],
            weight=row["weight"],
            units_first_30_days=row["units_30"],
        )
        for row in rests_on.to_dicts()
    ]
