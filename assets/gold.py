"""Gold: dimensions, facts and marts in SQL. One dbt model per table, in ``dbt_project/``; here they become assets.

Four steps: the core, which needs no model, the marts that read forecasts, those that read recommendations, and those
that read derived prices, reviews, alerts and decisions. Each model's tests are checks of its asset, and one that fails
stops what is downstream. To add a table, write its model and YAML.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Output,
    multi_asset,
)
from dagster_dbt.asset_utils import DAGSTER_DBT_UNIQUE_ID_METADATA_KEY

from assets.dbt_translator import GoldTranslator, gold_specs
from assets.money_checks import LINES, check_results, check_specs
from assets.rebuilding import asked_of_gold
from assets.snoozing import with_snoozes
from lake.gold.models import parents_first
from resources.dbt.project import load_manifest
from resources.lake import LakeParam, LakeResource

if TYPE_CHECKING:
    from lake.gold.build import GoldBuild, Written
    from lake.gold.due import Due

CORE = ("staging", "intermediate", "core", "history", "catalogue", "sales", "signals", "inventory", "buyers", "trade")
FORECAST_MARTS = ("forecast", "cover")
RECOMMENDATION_MARTS = ("reco",)
DERIVED_MARTS = ("pricing", "reviews", "insight")


def _gold_assets(name: str, folders: tuple[str, ...]) -> AssetsDefinition:
    manifest, translator = load_manifest(), GoldTranslator()
    specs, tests = gold_specs(translator, manifest, folders)
    checks = tests + (check_specs() if any(spec.key == LINES for spec in specs) else [])

    @multi_asset(name=name, specs=specs, check_specs=checks, can_subset=True, allow_arbitrary_check_specs=True)
    def build_gold(context: AssetExecutionContext, lake: LakeParam) -> Iterator[Output[None] | AssetCheckResult]:
        yield from _build(context, lake, manifest, translator, tests)

    return build_gold


def _build(
    context: AssetExecutionContext,
    lake: LakeResource,
    manifest: Mapping[str, Any],
    translator: GoldTranslator,
    tests: list[AssetCheckSpec],
) -> Iterator[Output[None] | AssetCheckResult]:
    """Build the selected models and say, of each, what was done; raise at the end if any failed."""
    from lake.gold.build import GoldBuild
    from resources.dbt.runner import build

    names = [key.path[-1] for key in context.selected_asset_keys]
    asked, currency = asked_of_gold(context.run.tags), lake.chosen_house_currency()
    settled = (asked, currency, lake.calendar(), lake.royalty_rates())
    gold = GoldBuild(lake.lake(), lake.session(context.run), manifest, names, *settled)
    due = gold.due()
    events: list[Mapping[str, Any]] = []
    outcome = build(gold, due, on_event=events.append)
    gold.note_passed(outcome.passed)
    found = dict(_standing(context, gold, due, tests))
    for event in events:
        found |= _as_dagster_events(event, context, gold, translator)
    place = {uid: number for number, uid in enumerate(parents_first(manifest))}
    # Models before their tests, parents before children, whoever speaks of them.
    for uid in sorted(found, key=lambda uid: place.get(uid, len(place))):
        yield found[uid]
    if LINES.path[-1] in gold.written:
        found_of_money = check_results(lake.lake(), gold.session.versions, lake.allowed_bad_share)
        yield from with_snoozes(lake.lake(), found_of_money)
    outcome.raise_for_failures()


def _standing(
    context: AssetExecutionContext, gold: "GoldBuild", due: "Due", tests: list[AssetCheckSpec]
) -> Iterator[tuple[str, Output[None] | AssetCheckResult]]:
    """What dbt was not asked to do: models that stay as they are, tests that have passed on what stands."""
    for uid, node in gold.manifest["nodes"].items():
        key = AssetKey([node["schema"], node["name"]])
        if node["resource_type"] == "model" and key in context.selected_asset_keys and uid not in due.models:
            said = _metadata(gold.written.get(node["name"])) or {"mode": "skip", "reason": "nothing reads it now"}
            yield uid, Output(None, key.to_python_identifier(), metadata={"unique_id": uid, **said})
    for test in tests:
        uid = test.metadata[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY]
        if uid in due.passed and test.key in context.selected_asset_check_keys:
            said = {"unique_id": uid, "mode": "skip", "reason": "has passed on these versions of all that it reads"}
            yield uid, AssetCheckResult(passed=True, asset_key=test.asset_key, check_name=test.name, metadata=said)


def _as_dagster_events(
    event: Mapping[str, Any],
    context: AssetExecutionContext,
    gold: "GoldBuild",
    translator: GoldTranslator,
) -> Iterator[tuple[str, Output[None] | AssetCheckResult]]:
    """What dagster-dbt makes of a dbt event, as far as it was asked for, with what the build knows of the table."""
    from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

    uid = event.get("data", {}).get("node_info", {}).get("unique_id", "")
    if uid not in gold.manifest["nodes"]:
        return
    message = DbtCoreCliEventMessage(raw_event=dict(event), event_history_metadata={})
    wanted = {key.to_python_identifier() for key in context.selected_asset_keys}
    for found in message.to_default_asset_events(gold.manifest, translator, context):
        if isinstance(found, Output) and found.output_name in wanted:
            made = _metadata(gold.written.get(gold.manifest["nodes"][uid]["name"]))
            yield uid, found.with_metadata({**found.metadata, **made})
        elif isinstance(found, AssetCheckResult):
            yield uid, found


def _metadata(written: "Written | None") -> dict[str, Any]:
    if written is None:
        return {}
    return {
        "mode": written.mode,
        "reason": written.reason,
        "rows_written": written.rows_written,
        "partitions_rewritten": [month.isoformat() for month in written.months],
        "delta_version": written.version,
        "delta_versions_read": dict(written.reads),
        "write_seconds": round(written.seconds, 3),
    }


gold_core = _gold_assets("gold_core", CORE)
gold_forecast = _gold_assets("gold_forecast", FORECAST_MARTS)
gold_recommendations = _gold_assets("gold_recommendations", RECOMMENDATION_MARTS)
gold_derived = _gold_assets("gold_derived", DERIVED_MARTS)
