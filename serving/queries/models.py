"""Which models serve, and how good they were."""

from serving.queries.reader import Reader, Row
from serving.queries.records import ModelScore


def model_scores(reader: Reader) -> list[ModelScore]:
    """The scores of all models over all origins for releases that sell."""
    if not reader.has("gold.mart_forecast_accuracy"):
        return []
    rows = reader.rows(
        "select target, horizon_days, model, serves, wape, bias, pinball, skill, coverage_p90 "
        "from gold.mart_forecast_accuracy where origin is null and population = 'active' "
        "order by target desc, horizon_days, pinball nulls last, model"
    )
    return [ModelScore(**row) for row in rows]


def serving_models(reader: Reader) -> list[Row]:
    """The model versions behind the newest forecasts, with how many releases each serves."""
    if reader.origin is None:
        return []
    return reader.rows(
        "select model, model_version, horizon_days, count(*) as releases, max(made_at) as made_at from gold.forecasts "
        "where origin = $origin group by all order by horizon_days, releases desc, model",
        {"origin": reader.origin},
    )
