"""The figures of operation in `/v1/metrics` are those that stand in the tables."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from lake.dead_letters import DEAD_LETTERS, write_dead_letters
from lake.delta.table import Table
from lake.journals.runs import record_run
from lake.lakehouse import Lake
from serving.queries.operation import FIGURES
from tests import serving_lake

MakeClient = Callable[..., Any]


def values(client: Any) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Each sample of the exposition, parsed by Prometheus's own parser."""
    from prometheus_client.parser import text_string_to_metric_families

    text = client.get("/v1/metrics").text
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def letters(count: int, rule: str) -> list[dict[str, Any]]:
    where = {"table_name": "silver/orders", "batch_id": rule, "landed_path": "erp/a.csv", "rule": rule}
    row = {**where, "reason": "wrong", "raw": b"Jane Doe", "found_at": datetime(2026, 2, 1, tzinfo=UTC)}
    return [
        {name: {**row, "batch_line": n}.get(name) for name in DEAD_LETTERS.arrow_schema.names} for n in range(count)
    ]


def test_runs_rows_dead_letters_and_freshness_are_those_of_the_lake(client: MakeClient, lake: Lake) -> None:
    rows = pa.Table.from_pylist(letters(3, "unique") + letters(2, "price"), DEAD_LETTERS.arrow_schema)
    write_dead_letters(lake.table(DEAD_LETTERS), rows)
    record_run(lake, "r1", "none", datetime(2026, 2, 1, 4, tzinfo=UTC), 60.0, "success", {})
    record_run(lake, "r2", "none", datetime(2026, 2, 2, 4, tzinfo=UTC), 90.5, "failure", {"failures": ["Jane Doe"]})
    caller = client()
    found = values(caller)
    assert found["lacquer_runs", (("status", "success"),)] == 1
    assert found["lacquer_runs", (("status", "failure"),)] == 1
    assert found["lacquer_last_run_success", ()] == 0
    assert found["lacquer_last_run_seconds", ()] == 90.5
    assert found["lacquer_last_run_started_at_seconds", ()] == datetime(2026, 2, 2, 4, tzinfo=UTC).timestamp()
    for key in ("gold/fct_order_line", "gold/forecasts", "bronze/erp_changes"):
        assert found["lacquer_table_rows", (("table", key),)] == serving_lake.TABLES[key]().num_rows
    assert found["lacquer_dead_letters", (("rule", "unique"), ("table", "silver/orders"))] == 3
    assert found["lacquer_dead_letters", (("rule", "price"), ("table", "silver/orders"))] == 2
    newest = datetime(2026, 1, 30, tzinfo=UTC).timestamp()
    assert found["lacquer_newest_day_seconds", (("data", "sales"),)] == newest
    assert "Jane" not in caller.get("/v1/metrics").text


def test_a_new_run_is_counted_at_the_next_request(client: MakeClient, lake: Lake, app: Any) -> None:
    caller = client()
    assert values(caller)["lacquer_runs", (("status", "success"),)] == 0
    record_run(lake, "r1", "none", datetime(2026, 2, 1, 4, tzinfo=UTC), 60.0, "success", {})
    app.state.services.publications.refresh()
    assert values(caller)["lacquer_runs", (("status", "success"),)] == 1


def test_forecast_error_and_drift_are_those_of_the_newest_origin(client: MakeClient, lake: Lake, app: Any) -> None:
    health = [
        {"model": "forecast", "version": 2, "role": role, "origin": date(2026, 1, day), "n": 5, "loss": loss}
        | {"coverage": 0.9, "band_low": 0.1, "band_high": limit, "is_above": loss > (limit or 9)}
        for role, day, loss, limit in (
            ("champion", 10, 0.5, 0.8),
            ("champion", 17, 0.9, 0.8),
            ("shadow", 17, 0.4, None),
        )
    ]
    drift = [
        {"model": "forecast", "origin": date(2026, 1, day), "feature": "price", "version": 2, "psi": psi}
        for day, psi in ((10, 0.05), (17, 0.31))
    ]
    accuracy = [
        {"target": "units", "horizon_days": 30, "population": "active", "model": model, "wape": wape, "bias": -0.1}
        | {"origin": origin}
        for model, wape, origin in (("served", 0.42, None), ("served", 0.7, date(2026, 1, 1)), ("mean_28", 0.6, None))
    ]
    made = {"model_health": health, "drift_reports": drift, "mart_forecast_accuracy": accuracy}
    lake.publish(
        {f"gold/{k}": Table(lake.path(f"gold/{k}")).overwrite(pa.Table.from_pylist(v)) for k, v in made.items()}, "run"
    )
    app.state.services.publications.refresh()
    found = values(client())
    champion = (("model", "forecast"), ("role", "champion"))
    assert found["lacquer_live_loss", champion] == 0.9
    assert found["lacquer_live_loss_limit", champion] == 0.8
    assert ("lacquer_live_loss_limit", (("model", "forecast"), ("role", "shadow"))) not in found
    assert found["lacquer_feature_drift_psi", (("feature", "price"), ("model", "forecast"))] == 0.31
    assert found["lacquer_forecast_wape", (("horizon_days", "30"), ("target", "units"))] == 0.42
    assert {figure.name for figure in FIGURES} >= {name for name, _ in found if name.startswith("lacquer_live")}


def test_who_sees_some_labels_only_gets_no_figures_of_all_labels(client: MakeClient) -> None:
    names = {name for name, _ in values(client(labels="L1"))}
    assert "lacquer_published_state" in names
    assert not names & {figure.name for figure in FIGURES}
