"""The lake as assets see it: its tables, and the session of the run they are a step of."""

import json
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import DagsterRun, ResourceParam

from resources.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.gold.fiscal import FiscalCalendar
    from lake.gold.royalties import Rates
    from lake.lakehouse import Lake
    from lake.maintenance import Retention
    from lake.silver.engine import SilverEngine

PUBLISHES_TAG = "lacquer/publishes"  # the tables of a partial publication, layer/name with commas between

# Fields of the resource that change no row: where, how fast, for how long.
_NOT_OF_RESULTS = (
    *("root", "threads", "retention_days", "run_history_days", "online_store"),
    *("silver_engine", "spark_master", "spark_memory"),
)


@dataclass(frozen=True)
class LakeResource:
    """Where the lake is and what its tables need to know.

    A plain object rather than one with Dagster configuration: the pseudonyms' key must not show in the UI.
    """

    root: Path
    allowed_bad_share: float
    threads: int
    pseudonym_key: str | None = field(default=None, repr=False)
    house_currency: str | None = None
    fiscal_first_month: int = 1
    week_start: str = "monday"
    time_zone: str = "UTC"
    royalty_file: Path | None = None
    stock_policy: str = "sigma_root"
    promotion_policy: Path | None = None
    feedback_corrections: bool = False
    retention_days: tuple[int, int, int, int] = (30, 30, 30, 30)
    run_history_days: int = 30
    online_store: str | None = field(default=None, repr=False)  # with its password
    allowed_bad_rows: int = 0
    least_days: int = 28
    least_sales: int = 10
    least_releases: int = 1
    sentence_model: str | None = None
    silver_engine: str = "duckdb"
    spark_master: str = "local[*]"
    spark_memory: str = "1g"

    @classmethod
    def from_settings(cls, settings: Settings) -> "LakeResource":
        """The lake that the settings name."""
        key = settings.pseudonym_key
        return cls(
            root=settings.lake,
            allowed_bad_share=settings.allowed_bad_share,
            allowed_bad_rows=settings.allowed_bad_rows,
            threads=settings.threads,
            pseudonym_key=key.get_secret_value() if key else None,
            house_currency=settings.house_currency,
            fiscal_first_month=settings.fiscal_first_month,
            week_start=settings.week_start,
            time_zone=settings.time_zone,
            royalty_file=settings.royalty_rates,
            stock_policy=settings.stock_policy,
            promotion_policy=settings.promotion_policy,
            feedback_corrections=settings.feedback_corrections,
            retention_days=(
                settings.retention_bronze_days,
                settings.retention_silver_days,
                settings.retention_gold_days,
                settings.retention_system_days,
            ),
            run_history_days=settings.run_history_days,
            online_store=settings.online_store.get_secret_value() if settings.online_store else None,
            least_days=settings.forecast_min_days,
            least_sales=settings.forecast_min_sales,
            least_releases=settings.forecast_min_releases,
            sentence_model=settings.sentence_model,
            silver_engine=settings.engine.get("silver", "duckdb"),
            spark_master=settings.spark_master,
            spark_memory=settings.spark_memory,
        )

    def shortfall(self, sales: "pl.DataFrame") -> str | None:
        """What daily sales lack for a forecast, in words; None where they are enough."""
        from ml.forecasting.enough import Least, shortfall

        return shortfall(sales, Least(self.least_days, self.least_sales, self.least_releases))

    def chosen_house_currency(self) -> str | None:
        """The currency that gold sums up in: the installation's word, else the lake's, else None.

        Raises:
            ValueError: the lake's `settings.json` says something that is no currency.
        """
        file = self.root / "settings.json"
        if self.house_currency or not file.exists():
            return self.house_currency
        said = json.loads(file.read_text(encoding="utf-8")).get("house_currency")
        if said is not None and not re.fullmatch("[A-Z]{3}", str(said)):
            raise ValueError(f"{file}: house_currency is {said!r}; give three capital letters (ISO 4217), such as EUR")
        return said

    def calendar(self) -> "FiscalCalendar":
        """When the fiscal year and the business week begin, and the time zone of business days."""
        from lake.gold.fiscal import FiscalCalendar

        return FiscalCalendar(self.fiscal_first_month, self.week_start, self.time_zone)

    def royalty_rates(self) -> "Rates":
        """The royalty rates of the installation's file; none without one.

        Raises:
            RatesError: the file is not as it must be.
        """
        from lake.gold.royalties import NO_RATES, read_rates

        return NO_RATES if self.royalty_file is None else read_rates(self.royalty_file)

    def lake(self) -> "Lake":
        """The lake itself."""
        from lake.lakehouse import Lake

        return Lake(self.root)

    def engine_of_silver(self) -> "SilverEngine | None":
        """What parses and writes silver in place of DuckDB and delta-rs.

        Raises:
            SparkMissingError: the settings ask for Spark, and it is not installed.
        """
        if self.silver_engine == "duckdb":
            return None
        from resources.spark.client import shared_process
        from resources.spark.silver import SparkSilver

        return SparkSilver(shared_process(self.spark_master, self.spark_memory, self.pseudonym_key))

    def retention(self) -> "Retention":
        """For how long the files of versions stay that nobody is using."""
        from lake.maintenance import Retention

        return Retention(*self.retention_days)

    def settings_of_results(self) -> dict[str, object]:
        """The settings that tables depend on, by name; of the pseudonyms' key only its public name."""
        from lake.personal import key_name

        shown = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _NOT_OF_RESULTS}
        key, royalties = self.pseudonym_key, self.royalty_file
        return shown | {
            "house_currency": self.chosen_house_currency(),
            "pseudonym_key": key_name(key) if key else None,
            "promotion_policy": self.promotion_policy.read_text("utf-8") if self.promotion_policy else None,
            "royalty_file": royalties.read_text("utf-8") if royalties and royalties.is_file() else None,
        }

    def session(self, run: DagsterRun) -> "Session":
        """The run's view of the lake; a partial run's job names the tables it works on, others it sees as published."""
        only = run.tags[PUBLISHES_TAG].split(",") if PUBLISHES_TAG in run.tags else None
        return self.lake().session(run.run_id, only)

    def landing(self, stream: str) -> Path:
        """The folder that a stream's files land in."""
        return self.root / "landing" / stream


LakeParam = ResourceParam[LakeResource]
