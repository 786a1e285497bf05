"""The tables of alerts: their contract and the facts that rules may read are the same columns."""

import polars as pl

from assets.alerts.alert_facts import DESCRIPTIONS
from demo.incidents import planted_incidents
from ml.alerts.alert import STATES
from ml.alerts.facts import COLUMNS, alert_facts
from ml.alerts.release_triggers import release_triggers
from ml.alerts.table import SCHEMA
from resources import alerting


def test_the_facts_of_the_contract_are_those_that_rules_may_read() -> None:
    assert list(DESCRIPTIONS) == list(COLUMNS)


def test_the_table_of_alerts_has_the_columns_of_its_contract() -> None:
    assert set(SCHEMA) == set(alerting.ALERTS.arrow_schema.names)
    assert alerting.STATES == STATES


def test_no_fact_is_infinite_where_nothing_was_sold() -> None:
    planted = planted_incidents(3, releases=32, days=150)
    without_sales = planted.daily.with_columns(pl.when(pl.col("metric") == "units").then(0.0).otherwise("y").alias("y"))
    facts = alert_facts(without_sales, planted.prices, release_triggers(without_sales, 20), 20)
    known = facts.select(pl.col(COLUMNS).is_finite().fill_null(True).all())
    assert known.row(0) == (True,) * len(COLUMNS)
    assert facts["stock_days"].null_count() == facts.height
