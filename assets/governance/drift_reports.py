"""Drift of each feature of the forecast between the fit of the champion and the newest origin.

One row per model, origin and feature. The reference is the features at the origins of the year up to the fit. A feature
whose PSI is above 0.25 at two origins in a row starts a retraining, at most one a week.
"""

from assets.derived import Input, derived_table
from assets.forecasts.recipes import MODEL
from assets.governance import GROUP
from lake.contract import Column, Contract

DRIFT_REPORTS = Contract(
    name="drift_reports",
    layer="gold",
    grain="one row per model, origin and feature",
    key=("model", "origin", "feature"),
    partition_by=("origin",),
    columns=(
        Column("model", "string", "name of the model"),
        Column("origin", "date", "last day that was known"),
        Column("feature", "string", "the feature, as in release_features"),
        Column("version", "int64", "the champion whose fit is the reference"),
        Column("psi", "float64", "population stability index against the reference"),
        Column("is_large", "bool", "whether the index is above 0.25"),
    ),
)
# They grow with the calendar: that they change says nothing.
CLOCKS = ("days_known", "age_days", "recency_days")
_CHAMPION_SQL = f"""
select b.model, b.version, v.origin as fitted_at from gold.prediction_batches b
join gold.model_versions v using (model, version)
where b.model = '{MODEL}' and b.role = 'champion' order by b.made_at desc limit 1
"""
_FEATURES_SQL = f"""
with champion as ({_CHAMPION_SQL}), newest as (select max(origin) as day from gold.release_features)
select f.* from gold.release_features f, champion, newest
where f.origin = newest.day or f.origin between fitted_at - 365 and fitted_at
"""

drift_reports = derived_table(
    DRIFT_REPORTS,
    inputs={"champion": Input.sql(_CHAMPION_SQL), "features": Input.sql(_FEATURES_SQL)},
    compute="ml.drift.psi:drift_report",
    parameters={"leave_out": CLOCKS},
    group=GROUP,
    description=__doc__,
    keeps_partitions=True,
    deps=("gold/forecasts",),
)
