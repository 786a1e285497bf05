"""What stands in a lake: rows, versions and files of its tables, read without the code that wrote them.

The Delta log names the files of a version; DuckDB reads them.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from lake.lakehouse import Lake

# What depends on when a model was fitted, what keeps every origin that a lake has stood at, and what records the moment
# of doing.
MADE_BY_MODELS = (
    "gold/forecasts",
    "gold/forecast_models",
    "gold/forecast_explanations",
    "gold/forecast_totals",
    "gold/mart_category_demand",
    "gold/release_features",
    "gold/mart_plan",
    "gold/mart_price",
    "gold/price_recommendations",
    "gold/mart_forecast_product_day",
    "gold/decisions",
    "gold/mart_decisions",
    "gold/mart_stock_cover",
    "gold/writebacks",
    "gold/alert_events",
    "gold/alerts",
    "gold/mart_alerts",
    "gold/buyer_propensity",
    "gold/growth_actions",
    "gold/stock_allocations",
    "gold/mart_reco_buyer_top_n",
    "gold/price_elasticities",
    "gold/review_sentiment",
    "gold/mention_sentiment",
    "gold/mart_review_sentiment",
    "gold/model_live_losses",
    "gold/model_losses",
    "gold/drift_reports",
    "gold/live_losses",
    "gold/model_health",
    "gold/model_versions",
    "gold/prediction_batches",
    "gold/promotions",
)

Rows = list[tuple[Any, ...]]


def every(root: Path) -> list[str]:
    """Every table there is, published or not."""
    lake = Lake(root)
    return lake.keys()


def data_tables(root: Path) -> list[str]:
    """Silver and gold tables, as layer/name."""
    return [key for key in every(root) if key.startswith(("silver/", "gold/"))]


def versions(root: Path) -> dict[str, int]:
    """The newest Delta version of each bronze, silver and gold table."""
    return {key: DeltaTable(str(root / key)).version() for key in every(root) if not key.startswith("lake/")}


def rows(root: Path, key: str, at: int | None = None) -> Rows:
    """All rows of a table, sorted; default: as published. Ids of predictions name versions, so they are left out."""
    version = Lake(root).published()[key] if at is None else at
    con, table = Lake(root).connect({key: version}), key.replace("/", ".")
    names = ", ".join(f'"{name}"' for name in con.table(table).columns if name != "prediction_id")
    return con.execute(f"select {names} from {table} order by all").fetchall()


def data(root: Path) -> dict[str, Rows]:
    """The published rows of every silver and gold table that does not rest on the moment of a fit."""
    return {key: rows(root, key) for key in data_tables(root) if key not in MADE_BY_MODELS}


def files(root: Path) -> dict[str, dict[str, set[str]]]:
    """The active files of each silver and gold table, by partition (one of the name '' where there is none)."""
    found: dict[str, dict[str, set[str]]] = {}
    for key in data_tables(root):
        partitions: dict[str, set[str]] = defaultdict(set)
        for uri in DeltaTable(str(root / key)).file_uris():
            folder, _, name = uri.removeprefix(f"{root / key}/").rpartition("/")
            partitions[folder.partition("=")[2]].add(name)
        found[key] = dict(partitions)
    return found


def rewritten(before: dict[str, dict[str, set[str]]], after: dict[str, dict[str, set[str]]]) -> dict[str, set[str]]:
    """The partitions of each table whose files are not the same."""
    changed = {}
    for key in after:
        old, new = before.get(key, {}), after[key]
        changed[key] = {part for part in old.keys() | new.keys() if old.get(part) != new.get(part)}
    return changed


# When and by which run a row was written, and where to.
OF_THE_RUN = {"made_at", "fitted_at", "at", "noted_at", "registered_at", "written_at", "run_id", "target"}


def assert_same_tables(left: Path, right: Path) -> None:
    """Every published table of data has the same rows in both lakes, to the last bit of every number."""
    keys = data_tables(left)
    assert data_tables(right) == keys
    assert "gold/forecast_scores" in keys
    con = Lake(left).connect_published()
    other = Lake(right).connect_published()
    for key in keys:
        table = key.replace("/", ".")
        names = [f'"{name}"' for name in con.table(table).columns if name not in OF_THE_RUN]
        asked = f"select {', '.join(names)} from {table} order by all"
        assert con.sql(asked).fetchall() == other.sql(asked).fetchall(), key
