"""The command line, and a small published lake of a few real Delta tables."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from lake.delta.table import Table
from lake.lakehouse import Lake

RELEASES = pa.table(
    {
        "release_id": ["R1", "R2", "R3"],
        "title": ["Blue, [Remix]", 'The "B" Side', None],
        "list_price": pa.array([Decimal("12.9900"), Decimal("7.0001"), None], pa.decimal128(12, 4)),
        "is_published": [True, False, True],
        "changed_at": pa.array([datetime(2010, 12, 1, 8, 26, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
    }
)
FORECASTS = pa.table(
    {
        "release_id": ["R1", "R2", "R3", "R1", "R1"],
        "origin": [date(2011, 1, 1)] * 4 + [date(2010, 12, 2)],
        "horizon_days": pa.array([30, 30, 30, 60, 30], pa.int32()),
        "units_p50": [10.0, 40.0, 10.0, 20.0, 900.0],
        "units_p90": [30.0, 60.0, 31.0, 50.0, 999.0],
        "risk_level": ["Low", "High", "Low", "Low", "Low"],
    }
)
SCORES = pa.table(
    {
        "model": ["lightgbm", "mean_28d", "lightgbm", "lightgbm", "lightgbm", "naive"],
        "target": ["units", "units", "units", "revenue", "units", "units"],
        "horizon_days": pa.array([30, 30, 60, 30, 30, 60], pa.int32()),
        "origin": pa.array([None, None, None, None, date(2011, 1, 1), None], pa.date32()),
        "population": ["active"] * 6,
        "wape": [0.4, 0.5, 0.45, 0.1, 0.2, None],
        "pinball": [0.21, 0.25, 0.3, 0.1, 0.1, 0.2],
        "coverage_p90": [0.9, None, 0.88, 0.9, 0.9, 0.5],
        "serves": [True, False, False, True, True, True],
    }
)


@pytest.fixture
def lacquer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line with arguments, and text on standard input if given; only a crash raises."""
    from serving.cli import app

    monkeypatch.delenv("LACQUER_LAKE", raising=False)
    runner = CliRunner()

    def run(*arguments: str | Path, stdin: str | None = None) -> Result:
        answer = runner.invoke(app, [str(argument) for argument in arguments], input=stdin)
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run


@pytest.fixture(scope="session")
def published_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with silver.releases, gold.forecasts and gold.forecast_scores published, and one commit that is not."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    tables = {"silver/releases": RELEASES, "gold/forecasts": FORECASTS, "gold/forecast_scores": SCORES}
    lake.publish({key: Table(lake.path(key)).overwrite(rows) for key, rows in tables.items()}, "first-run")
    Table(lake.path("silver/releases")).overwrite(RELEASES.slice(0, 1))
    return lake.root
