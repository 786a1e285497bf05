"""The main job run in this process on a small lake, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from dagster import DagsterEvent, DagsterInstance
from typer.testing import Result

from definitions import build_definitions
from demo.packs import PACKS
from lake.lakehouse import Lake
from resources.pim.writing import Delivery, ReleaseUpdate
from resources.settings import Settings

SEED, ORDER_LINES, DAYS = 59, 40_000, 45
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

Lacquer = Callable[..., Result]


@dataclass
class RecordingPim:
    """A PIM that takes everything and remembers it."""

    batches: list[list[ReleaseUpdate]] = field(default_factory=list)
    address: str | None = None
    at_once: int | None = None

    def update_releases(self, updates: Sequence[ReleaseUpdate]) -> Delivery:
        self.batches.append(list(updates))
        return Delivery(f"memory:{len(self.batches)}", "taken")


@dataclass(frozen=True)
class Ran:
    """What a run did; `errors` says why a step failed."""

    success: bool
    materialized: set[str]
    failed_checks: dict[str, str]
    metadata: dict[str, dict[str, Any]]
    errors: dict[str, str]


def land_demo(root: Path, days: int = DAYS) -> None:
    """The demo pack's first days; days after the first landing come one by one."""
    PACKS["demo"].land(root, options={"seed": SEED, "order_lines": ORDER_LINES, "days": days})


def run_main(root: Path, *, leave_out: Iterable[str] = (), bad_share: float = 0.01, **overrides: Any) -> Ran:
    """Run the main job once on an instance of its own, without the assets in `leave_out`."""
    settings = Settings(lake=root, allowed_bad_share=bad_share, threads=2, pseudonym_key=None)
    definitions = build_definitions(settings, **overrides)
    job = definitions.resolve_job_def("main")
    keys = [key for key in job.asset_layer.executable_asset_keys if "/".join(key.path) not in leave_out]
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, asset_selection=keys, raise_on_error=False, run_config=QUIET)
    made = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    errors = {event.step_key or "": str(event.step_failure_data.error) for event in result.filter_events(_has_failed)}
    return Ran(
        result.success,
        {"/".join(one.asset_key.path) for one in made if one.asset_key is not None},
        {f"{'/'.join(one.asset_key.path)}.{one.check_name}": one.description or "" for one in failed},
        {"/".join(one.asset_key.path): {n: v.value for n, v in one.metadata.items()} for one in made},
        errors,
    )


def _has_failed(event: DagsterEvent) -> bool:
    return event.is_step_failure


def ask(root: Path, query: str) -> list[tuple[Any, ...]]:
    """What readers get for a query."""
    return Lake(root).connect_published().execute(query).fetchall()


def published(root: Path) -> dict[str, int]:
    """Published versions, but those of dead letters, which are seen at once."""
    return {key: version for key, version in Lake(root).published().items() if key != "bronze/dead_letters"}


def true_lines(root: Path) -> list[tuple[Any, ...]]:
    """Order, line and quantity of every order line that must stand."""
    truth = pl.read_parquet(root / "truth/order_lines/*.parquet")
    return sorted(truth.select("order_id", "line_number", "qty").rows())


def change(table: str, after: dict[str, Any], lsn: int, op: str = "c") -> str:
    """One change of the ERP, as Debezium writes it for Postgres."""
    source: dict[str, Any] = {"connector": "postgresql", "name": "erp", "db": "erp", "schema": "public"}
    source |= {"table": table, "lsn": lsn, "ts_ms": 1_707_900_000_000}
    return json.dumps({"before": None, "after": after, "op": op, "source": source, "ts_ms": 1_707_900_000_500})


def order(order_id: str, **fields: Any) -> dict[str, Any]:
    """A row of the ERP's orders on the last day of the lake."""
    row = {"order_id": order_id, "buyer_id": "B00001", "created_at": "2024-02-14T10:00:00Z", "order_type": "sale"}
    return row | {"status": "open", "currency": "EUR", "country": "DE", "channel": "portal"} | fields


def order_line(order_id: str, line_no: int = 1, **fields: Any) -> dict[str, Any]:
    """A row of the ERP's order lines on the last day of the lake."""
    row = {"order_id": order_id, "line_no": line_no, "sku": "R000001", "item_category": "product", "qty": 2}
    more = {"order_type": "sale", "price": "9.5000", "currency": "EUR", "created_at": "2024-02-14T10:00:00Z"}
    return row | more | fields


def land(root: Path, name: str, lines: Iterable[str], stream: str = "erp") -> Path:
    """Put a file of lines into a landing folder."""
    path = root / "landing" / stream / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
