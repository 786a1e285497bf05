"""What becomes of sellers' reports that a forecast was wrong: used by the next fit, or refused with the reason.

One row per report. With `LACQUER_FEEDBACK_CORRECTIONS=true` fits and forecasts from the day of the report on use sales
in which the window sums to the reported units; order lines, the backtest and live losses keep what is booked. Outliers
are set aside.
"""

from assets.derived import Input, derived_table
from assets.forecasts.inputs import CORRECTIONS
from assets.forecasts.inputs_sql import SALES_SQL
from lake.contract import Column, Contract

FEEDBACK_CORRECTIONS = Contract(
    name=CORRECTIONS.partition("/")[2],
    layer="gold",
    grain="one row per report of a seller",
    key=("feedback_id",),
    columns=(
        Column("feedback_id", "string", "the report; refers to sales_feedback"),
        Column("release_id", "string", "the release; refers to releases"),
        Column("origin", "date", "last day before the window"),
        Column("horizon_days", "int32", "days of the window", unit="days", minimum=1),
        Column("booked_units", "float64", "what is booked in the window", unit="units", minimum=0),
        Column("actual_units", "float64", "what the seller reports", unit="units", minimum=0),
        Column("is_used", "bool", "whether fits use it from reported_on on"),
        Column("reason", "string", "why it is not used; null: it is", nullable=True),
        Column("reported_on", "date", "day of the report"),
    ),
)

feedback_corrections = derived_table(
    FEEDBACK_CORRECTIONS,
    inputs={
        "feedback": Input.sql(
            "select feedback_id, release_id, origin, horizon_days, actual_units, "
            "timezone('UTC', reported_at) as reported_at from silver.sales_feedback order by all"
        ),
        "sales": Input.sql(SALES_SQL),
    },
    compute="ml.forecasting.corrections:assess_reports",
    parameters=lambda lake, _: {"is_on": lake.feedback_corrections},
    group="forecasts",
    description=__doc__,
)
