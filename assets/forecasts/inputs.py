"""What the forecasting steps share: what they read, as frames of ``ml`` (``unique_id, ds, y``), and their version."""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from dagster import AssetKey, AssetSpec

from assets.contracts import table_spec
from lake.contract import Contract

if TYPE_CHECKING:
    import polars as pl

    from lake.lakehouse import Lake
    from lake.sessions import Session

SALES = "gold/fct_sales_day"
RELEASES = "silver/releases_history"

# A day whose revenue is not known for want of a rate is valued at what the release, else everything, has so far
# brought per unit.
_SALES_SQL = """
with known as (
  select release_id, sales_date, cast(gross_units as double) as units, cast(gross_revenue as double) as revenue
  from gold.fct_sales_day where gross_units > 0
), priced as (
  select *, units * coalesce(
    sum(revenue) over own / sum(units) filter (revenue is not null) over own,
    sum(revenue) over every / sum(units) filter (revenue is not null) over every
  ) as likely_revenue
  from known
  window own as (partition by release_id order by sales_date), every as (order by sales_date)
)
select release_id as unique_id, sales_date as ds, units as y, coalesce(revenue, likely_revenue, 0) as revenue
from priced order by all
"""
# A release as it was first stated, and since when: what was changed about it later, no earlier origin can have known.
_CATALOGUE_SQL = """
select release_id as unique_id, release_date, genre, format, artist_id, cast(list_price as double) as list_price,
  cast(valid_from as date) as known_from
from silver.releases_history
qualify row_number() over (partition by release_id order by valid_from) = 1
order by release_id
"""


def house_currency(lake: "Lake", session: "Session") -> str | None:
    """The currency of the sales days' revenue; None where nothing has sold."""
    con = lake.connect({SALES: session.versions[SALES]})
    (currency,) = con.execute("select min(currency) from gold.fct_sales_day").fetchall()[0]
    return None if currency is None else str(currency)


def read_inputs(lake: "Lake", session: "Session") -> "tuple[pl.DataFrame, pl.DataFrame]":
    """Daily gross sales (unique_id, ds, y, revenue) and the catalogue, at the session's versions."""
    con = lake.connect({key: session.versions[key] for key in (SALES, RELEASES)})
    return con.sql(_SALES_SQL).pl(), con.sql(_CATALOGUE_SQL).pl()


@cache
def forecasting_version() -> int:
    """A number that changes whenever the forecasting code does: 48 bits of the SHA-256 over its files."""
    import ml.forecasting

    digest = sha256()
    for path in sorted(Path(ml.forecasting.__path__[0]).glob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:6])


def fit_version(currency: str | None) -> int:
    """The same for what is fitted on revenue: another house currency makes other numbers."""
    return forecasting_version() ^ crc32((currency or "").encode())


def forecast_spec(contract: Contract, deps: Iterable[AssetKey], said: str | None) -> AssetSpec:
    """The asset of a table that the forecasting code writes."""
    return table_spec(
        contract,
        deps,
        said,
        group="forecasts",
        kinds={"lightgbm", "polars", "delta"},
        code_version=f"{forecasting_version():012x}",
    )
