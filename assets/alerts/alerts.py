"""What became of each incident that the alert rules have found.

One row per alert, which is one incident of a release and cause. `rank` 1 is what to look at first. Rules follow each
day once; people acknowledge, snooze and resolve by `lacquer alerts`, and every change is an event in `alert_events`.
"""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.alerts.alert_facts import FACTS
from assets.asked_releases import asked_releases
from assets.contracts import table_spec
from lake.journals.alerts import ALERT_EVENTS
from resources.alerting import ALERTS, ALERTS_KEY, EVENTS_KEY, AlertingParam, write_alerts
from resources.lake import LakeParam

FACTS_KEY = f"{FACTS.layer}/{FACTS.name}"


@multi_asset(
    name="alerts",
    specs=[
        table_spec(
            ALERT_EVENTS,
            [AssetKey(FACTS_KEY.split("/"))],
            "What rules and people did to alerts; nothing is ever changed or deleted.",
            group="alerts",
            kinds={"delta"},
            code_version="1",
        ),
        table_spec(
            ALERTS,
            [AssetKey(FACTS_KEY.split("/")), AssetKey(EVENTS_KEY.split("/"))],
            __doc__,
            group="alerts",
            kinds={"polars", "delta"},
            code_version="1",
        ),
    ],
)
def alerts(context: AssetExecutionContext, lake: LakeParam, alerting: AlertingParam) -> Iterator[MaterializeResult]:
    """Follow the days that are new in the facts, and write the table of alerts."""
    store, session = lake.lake(), lake.session(context.run)
    events = []
    if asked_releases(context.run.tags) is None and session.versions.get(FACTS_KEY, -1) >= 0:
        facts = store.connect({FACTS_KEY: session.versions[FACTS_KEY]}).sql(f"from gold.{FACTS.name}").pl()
        events = alerting.follow(store, facts)
    versions = write_alerts(store)
    for key, version in versions.items():
        session.advance(key, version)
    yield MaterializeResult(asset_key=AssetKey(EVENTS_KEY.split("/")), metadata={"new_events": len(events)})
    opened = sum(event["event"] in ("opened", "reopened") for event in events)
    yield MaterializeResult(
        asset_key=AssetKey(ALERTS_KEY.split("/")),
        metadata={"opened": opened, "delta_version": versions[ALERTS_KEY]},
    )
