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


def model_health(reader: Reader) -> list[Row]:
    """Live loss and coverage at the last origins beside the band of the backtest; the newest first."""
    if not reader.has("gold.model_health"):
        return []
    return reader.rows(
        "select model, version, role, origin, n, loss, coverage, band_low, band_high, is_above from gold.model_health "
        "qualify dense_rank() over (partition by model order by origin desc) <= 8 order by model, origin desc, role"
    )


def model_drift(reader: Reader) -> list[Row]:
    """The features that have drifted most at the newest origin."""
    if not reader.has("gold.drift_reports"):
        return []
    return reader.rows(
        "select model, feature, psi, is_large, origin from gold.drift_reports "
        "where origin = (select max(origin) from gold.drift_reports) order by psi desc, feature limit 10"
    )


def model_events(reader: Reader) -> list[Row]:
    """The time line: fits, challenges, reviews, approvals and rollbacks of all models, the newest first."""
    if not reader.has("gold.promotions"):
        return []
    return reader.rows(
        'select "at", model, event, version, champion, "by", why, report from gold.promotions '
        'order by "at" desc, model, sequence desc limit 60'
    )
