"""The tables of alerts: their contract and the facts that rules may read are the same columns."""

from assets.alerts.alert_facts import DESCRIPTIONS
from ml.alerts.alert import STATES
from ml.alerts.facts import COLUMNS
from ml.alerts.table import SCHEMA
from resources import alerting


def test_the_facts_of_the_contract_are_those_that_rules_may_read() -> None:
    assert list(DESCRIPTIONS) == list(COLUMNS)


def test_the_table_of_alerts_has_the_columns_of_its_contract() -> None:
    assert set(SCHEMA) == set(alerting.ALERTS.arrow_schema.names)
    assert alerting.STATES == STATES
