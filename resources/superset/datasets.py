"""What Superset's charts are asked of: SQL over gold, and metrics with the definitions of the semantic layer.

A dataset of the semantic layer joins a semantic model with the models that its foreign entities name. The others are
SQL of this module. Tables go by their bare name, as gold.duckdb and a Trino session of the schema gold know them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from resources.dbt.project import PROJECT_DIR

SEMANTICS = PROJECT_DIR / "models" / "semantic" / "semantic.yml"
Described = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True)
class Metric:
    """An aggregate of a dataset: SQL that sums up rows."""

    name: str
    label: str
    description: str
    sql: str


@dataclass(frozen=True)
class Dataset:
    """A query over gold, with what is measured of its rows.

    Attributes:
        name: Superset's name of it.
        description: what a row is.
        sql: the query, over bare table names.
        day: column of the day that charts go by; None: there is none.
        metrics: what charts may show.
    """

    name: str
    description: str
    sql: str
    day: str | None
    metrics: tuple[Metric, ...]


@cache
def semantics() -> dict[str, Any]:
    """The semantic models and metrics of the dbt project."""
    import yaml

    read: dict[str, Any] = yaml.safe_load(SEMANTICS.read_text(encoding="utf-8"))
    return read


def semantic_dataset(model_name: str, name: str, described: Described) -> Dataset:
    """The dataset of a semantic model, joined with what its foreign entities name.

    Args:
        model_name: of the semantic model, which has measures.
        name: of the dataset.
        described: the columns and types of a query, to choose those of the table that anything refers to.
    """
    models = {one["name"]: one for one in semantics()["semantic_models"]}
    model = models[model_name]
    table = _table(model)
    used = " ".join(
        str(one.get("expr", one["name"])) for part in ("entities", "dimensions", "measures") for one in model[part]
    )
    words = set(re.findall(r"\w+", used))
    columns = [f"t.{column}" for column in described(f"select * from {table}") if column in words]
    joins = ""
    for number, (other, key) in enumerate(_joined(model, models.values())):
        columns += [f"j{number}.{one['name']}" for one in other["dimensions"]]
        joins += f" left join {_table(other)} as j{number} on t.{key} = j{number}.{_primary(other)['expr']}"
    sql = f"select {', '.join(columns)} from {table} as t{joins}"
    return Dataset(name, model["description"], sql, model["defaults"]["agg_time_dimension"], _metrics(model))


def _joined(model: Mapping[str, Any], models: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Models of one row per foreign entity, with the column that refers to them."""
    foreign = {one["name"]: one["expr"] for one in model["entities"] if one["type"] == "foreign"}
    return [(one, foreign[_primary(one)["name"]]) for one in models if _primary(one)["name"] in foreign]


def _primary(model: Mapping[str, Any]) -> dict[str, Any]:
    return next(one for one in model["entities"] if one["type"] == "primary")


def _table(model: Mapping[str, Any]) -> str:
    found = re.fullmatch(r"ref\('(\w+)'\)", model["model"])
    if found is None:
        raise ValueError(f"{SEMANTICS}: {model['name']}: model is {model['model']!r}; write ref('name')")
    return found[1]


def _metrics(model: Mapping[str, Any]) -> tuple[Metric, ...]:
    """The metrics whose measures are all of this model, as SQL."""
    measures = {one["name"]: _aggregate(one) for one in model["measures"]}
    made: dict[str, Metric] = {}
    for one in semantics()["metrics"]:
        params = one["type_params"]
        if one["type"] == "simple" and params["measure"] in measures:
            sql = measures[params["measure"]]
        elif one["type"] == "ratio" and {params["numerator"], params["denominator"]} <= made.keys():
            above, below = made[params["numerator"]].sql, made[params["denominator"]].sql
            sql = f"cast({above} as double) / cast(nullif({below}, 0) as double)"
        else:
            continue
        made[one["name"]] = Metric(one["name"], one["label"], one["description"], sql)
    return tuple(made.values())


def _aggregate(measure: Mapping[str, Any]) -> str:
    form = {"sum": "sum({})", "count_distinct": "count(distinct {})", "max": "max({})", "min": "min({})"}
    return form[measure["agg"]].format(measure["expr"])


ACCURACY = Dataset(
    "forecast_accuracy",
    "The rolling-origin backtest of what serves, per target, horizon, population and origin; add no populations up.",
    "select target, horizon_days, population, origin, model, releases, wape, bias, skill, coverage_p90 "
    "from mart_forecast_accuracy",
    "origin",
    (
        Metric("mean_wape", "WAPE", "Sum of absolute errors over sum of actuals.", "avg(wape)"),
        Metric("mean_bias", "Bias", "Sum of errors over sum of actuals.", "avg(bias)"),
        Metric("mean_skill", "Skill", "1 - loss over that of the mean of 28 days; above 0 is better.", "avg(skill)"),
        Metric("mean_coverage", "Coverage of P90", "Share of actuals at or under the P90.", "avg(coverage_p90)"),
    ),
)
BUYERS = Dataset(
    "buyers",
    "One row per buyer: segment, money, and how likely the buyer orders within 30 days.",
    "select b.buyer_id, b.company_name, b.kind, b.country, s.segment, s.recency_days, s.orders, s.monetary, "
    "p.probability, p.expected_orders from dim_buyer as b left join buyer_segments as s on s.buyer_id = b.buyer_id "
    "left join buyer_propensity as p on p.buyer_id = b.buyer_id "
    "and p.origin = (select max(origin) from buyer_propensity)",
    None,
    (
        Metric("buyer_count", "Buyers", "Number of buyers.", "count(*)"),
        Metric("money", "Revenue", "What the buyers have ordered, in the house currency.", "sum(monetary)"),
        Metric("orders_ahead", "Orders expected", "Orders expected within 30 days.", "sum(expected_orders)"),
        Metric("mean_probability", "Probability", "Mean probability of an order in 30 days.", "avg(probability)"),
        Metric("mean_recency", "Days since order", "Mean number of days since the last order.", "avg(recency_days)"),
    ),
)
ALERTS = Dataset(
    "alerts",
    "One row per incident that was alerted.",
    "select alert_id, release_id, title, artist_name, label_name, type, cause, state, priority, stake, opened_on, "
    "days_open, message, next_step, rank from mart_alerts",
    "opened_on",
    (
        Metric("alert_count", "Alerts", "Number of alerts.", "count(*)"),
        Metric("money_at_stake", "Money at stake", "Sum of what is at stake.", "sum(stake)"),
        Metric("mean_days_open", "Days open", "Mean number of days until it was done.", "avg(days_open)"),
    ),
)


def datasets(described: Described) -> tuple[Dataset, ...]:
    """Every dataset; `described` gives the columns and types of a query over gold."""
    return (
        semantic_dataset("order_lines", "sales", described),
        semantic_dataset("stock", "stock", described),
        semantic_dataset("forecast_days", "forecast_days", described),
        ACCURACY,
        BUYERS,
        ALERTS,
    )
