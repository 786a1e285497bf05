"""Reads by key: every release of a state with its forecast and stock, built once per reader and kept in memory."""

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from serving.queries.catalogue import release_rows
from serving.queries.forecasts import forecasts
from serving.queries.reader import Reader
from serving.queries.records import Forecast, ReleaseDetail, ReleaseRow, StockRow
from serving.queries.stock import stock_rows


@dataclass(frozen=True)
class Projection:
    """Releases, forecasts and stock of one reader, by release id."""

    releases: dict[str, ReleaseRow]
    forecasts: dict[str, Forecast]
    stock: dict[str, StockRow]

    def detail(self, release_id: str) -> ReleaseDetail | None:
        """One release with all that is known of it; None when the reader has no such release."""
        release = self.releases.get(release_id)
        if release is None:
            return None
        return ReleaseDetail(release=release, forecast=self.forecasts.get(release_id), stock=self.stock.get(release_id))


_built: WeakKeyDictionary[Reader, Projection] = WeakKeyDictionary()
_lock = threading.Lock()


def projection(reader: Reader) -> Projection:
    """The projection of a reader; the first call builds it."""
    found = _built.get(reader)
    if found is None:
        with _lock:
            found = _built.get(reader)
            if found is None:
                found = Projection(
                    release_rows(reader), forecasts(reader), {one.release_id: one for one in stock_rows(reader)}
                )
                _built[reader] = found
    return found
