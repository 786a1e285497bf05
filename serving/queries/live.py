"""Live inference of one release within a time limit: the champion's fit, else the simple rule."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from serving.queries.reader import Reader, Row

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from ml.forecasting.forecaster import Model
    from ml.promotion.forecast_live import LiveForecast

WORKERS = 4
NEWEST_SQL = "select * from gold.release_features where origin = (select max(origin) from gold.release_features)"


@dataclass(frozen=True)
class Inference:
    """A forecast, the version that made it (None: the simple rule), why not the model, and how long it took."""

    forecast: LiveForecast
    version: str | None
    fallback: str | None
    took_ms: float


@dataclass
class LiveModel:
    """The champion of each publication, loaded once, and the threads that it answers in."""

    lake: Lake
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WORKERS, "live-model"))
    _loaded: dict[int, tuple[Model, str]] = field(default_factory=dict)
    _features: WeakKeyDictionary[Reader, dict[str, Row]] = field(default_factory=WeakKeyDictionary)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def features(self, reader: Reader, release: str) -> Row | None:
        """The release's newest row of features; the first call of a publication reads those of all."""
        if not reader.has("gold.release_features"):
            return None
        with self._lock:
            if reader not in self._features:
                self._features[reader] = {row["release_id"]: row for row in reader.rows(NEWEST_SQL)}
        return self._features[reader].get(release)

    def infer(self, publication: int, features: Mapping[str, float | None], horizon: int, limit_ms: int) -> Inference:
        """The champion's forecast, or the simple rule's where it takes longer than the limit or cannot be run.

        Raises:
            FeaturesError: the horizon is none of the model's.
        """
        from ml.forecasting.features import HORIZONS
        from ml.promotion.forecast_live import FeaturesError, simple_forecast

        if horizon not in HORIZONS:
            raise FeaturesError(f"horizon_days {horizon}: give one of {', '.join(map(str, HORIZONS))}")
        began = monotonic()
        future: Future[tuple[LiveForecast, str]] = self._pool.submit(self._run, publication, features, horizon)
        try:
            made, version = future.result(limit_ms / 1000)
            return Inference(made, version, None, (monotonic() - began) * 1000)
        except TimeoutError:
            why = f"the model took longer than {limit_ms} ms"
        except (ValueError, KeyError, TypeError, LookupError) as error:
            why = f"the model cannot be run: {error}"
        loaded = self._loaded.get(publication)
        simple = simple_forecast(features, horizon, loaded[0] if loaded else None)
        return Inference(simple, None, why, (monotonic() - began) * 1000)

    def _run(self, publication: int, features: Mapping[str, Any], horizon: int) -> tuple[LiveForecast, str]:
        from ml.promotion.forecast_live import live_forecast

        model, version = self._model(publication)
        return live_forecast(model, features, horizon), version

    def _model(self, publication: int) -> tuple[Model, str]:
        """The champion as it stood when the publication was first asked for; LookupError where none serves."""
        from ml.forecasting.persistence import from_bytes
        from resources.registry import Registry

        if publication not in self._loaded:
            served = Registry(self.lake).served("forecast")
            if served is None:
                raise LookupError("no version of the forecast serves yet")
            found = (from_bytes(served.artefact), served.name)
            with self._lock:
                self._loaded = {publication: found}
        return self._loaded[publication]

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)
