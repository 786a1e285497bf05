"""Figures of operation for monitoring: runs, rows, dead letters, freshness, forecast error and drift.

Everything is read from tables of the lake. Labels hold names of tables, rules, models and features only: no release,
no buyer, nothing personal.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.queries.reader import Reader

if TYPE_CHECKING:
    from lake.lakehouse import Lake

Sample = tuple[tuple[str, ...], float]


@dataclass(frozen=True)
class Figure:
    """One metric.

    Attributes:
        name: of the metric.
        about: what its values are.
        labels: names of its labels.
        samples: label values and value, read from the lake.
    """

    name: str
    about: str
    labels: tuple[str, ...]
    samples: Callable[["Lake", Reader], Iterator[Sample]]


def _runs(lake: "Lake", _: Reader) -> Iterator[Sample]:
    from lake.journals.runs import RUNS

    counts = dict(lake.journal(RUNS).select("select status, count(*) from journal group by all"))
    for status in ("success", "failure"):
        yield (status,), float(counts.get(status, 0))


def _last_run(expression: str) -> Callable[["Lake", Reader], Iterator[Sample]]:
    def samples(lake: "Lake", _: Reader) -> Iterator[Sample]:
        from lake.journals.runs import RUNS

        for (value,) in lake.journal(RUNS).select(
            f"select {expression} from journal order by started_at desc, run_id limit 1"
        ):
            yield (), float(value)

    return samples


def _rows(lake: "Lake", reader: Reader) -> Iterator[Sample]:
    from lake.delta.table import Table

    for key, version in sorted(reader.state.versions.items()):
        if not key.startswith("lake/"):
            yield (key,), float(Table(lake.path(key)).row_count(version))


def _dead_letters(lake: "Lake", _: Reader) -> Iterator[Sample]:
    from lake.dead_letters import DEAD_LETTERS

    table = lake.table(DEAD_LETTERS)
    if table.exists():
        sql = "select table_name, rule, count(*) from journal group by all order by all"
        for name, rule, count in lake.journal(DEAD_LETTERS).select(sql):
            yield (name, rule), float(count)


def _newest(lake: "Lake", reader: Reader) -> Iterator[Sample]:
    from serving.queries.status import newest_days

    for data, day in newest_days(lake, dict(reader.state.versions)).items():
        yield (data,), dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()


def _waiting(lake: "Lake", _: Reader) -> Iterator[Sample]:
    from lake.journals.generation import PENDING, read_standings
    from resources.generation.tables import requests_in

    yield (), float(len(requests_in(read_standings(lake).values(), PENDING)))


def _from_sql(table: str, sql: str) -> Callable[["Lake", Reader], Iterator[Sample]]:
    """Samples from a query whose last column is the value; none where the table is not published."""

    def samples(_: "Lake", reader: Reader) -> Iterator[Sample]:
        if reader.has(table):
            for *labels, value in reader.cursor().execute(sql).fetchall():
                if value is not None:
                    yield tuple(map(str, labels)), float(value)

    return samples


def _accuracy(column: str) -> Callable[["Lake", Reader], Iterator[Sample]]:
    return _from_sql(
        "gold.mart_forecast_accuracy",
        f"select target, horizon_days, {column} from gold.mart_forecast_accuracy "
        "where model = 'served' and origin is null and population = 'active' order by all",
    )


def _live(column: str) -> Callable[["Lake", Reader], Iterator[Sample]]:
    """The newest origin of each model and role."""
    return _from_sql(
        "gold.model_health",
        f"select model, role, arg_max({column}, (origin, version)) from gold.model_health "
        f"where {column} is not null group by all order by all",
    )


_DRIFT_SQL = """
select model, feature, psi from gold.drift_reports
where origin = (select max(origin) from gold.drift_reports) order by all
"""
_ACCURACY_LABELS, _LIVE_LABELS = ("target", "horizon_days"), ("model", "role")
FIGURES = (
    Figure("lacquer_runs", "Recorded runs by how they ended", ("status",), _runs),
    Figure(
        "lacquer_last_run_success",
        "1: the last run ended well, 0: it failed",
        (),
        _last_run("cast(status = 'success' as int)"),
    ),
    Figure("lacquer_last_run_seconds", "How long the last run took", (), _last_run("seconds")),
    Figure(
        "lacquer_last_run_started_at_seconds",
        "Moment the last run began, seconds since 1970",
        (),
        _last_run("epoch(started_at)"),
    ),
    Figure("lacquer_table_rows", "Rows of the published version of each table", ("table",), _rows),
    Figure("lacquer_dead_letters", "Kept dead letters by table and broken rule", ("table", "rule"), _dead_letters),
    Figure(
        "lacquer_newest_day_seconds", "Start of the newest day of each kind of data, since 1970", ("data",), _newest
    ),
    Figure("lacquer_generation_waiting", "Requests for stems, texts and pictures that no worker has", (), _waiting),
    Figure("lacquer_forecast_wape", "WAPE of served forecasts over past origins", _ACCURACY_LABELS, _accuracy("wape")),
    Figure("lacquer_forecast_bias", "Bias of served forecasts over past origins", _ACCURACY_LABELS, _accuracy("bias")),
    Figure("lacquer_live_loss", "Mean live loss at the newest scored origin", _LIVE_LABELS, _live("loss")),
    Figure("lacquer_live_loss_limit", "Upper limit of the backtest's band", _LIVE_LABELS, _live("band_high")),
    Figure("lacquer_live_coverage", "Share of outcomes at or below P90", _LIVE_LABELS, _live("coverage")),
    Figure(
        "lacquer_feature_drift_psi",
        "Population stability index at the newest origin",
        ("model", "feature"),
        _from_sql("gold.drift_reports", _DRIFT_SQL),
    ),
)


def read_figures(lake: "Lake", reader: Reader) -> list[tuple[Figure, list[Sample]]]:
    """All figures of a published state; one whose table is not there has no samples."""
    return [(figure, list(figure.samples(lake, reader))) for figure in FIGURES]
