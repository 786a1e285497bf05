"""Gold: dimensions, facts and marts in SQL. One dbt model per table, in ``dbt_project/``; here they become assets.

Two steps: the core, which needs no model, and the marts that read what the forecasts wrote. Each model's tests are
checks of its asset, and one that fails stops what is downstream. To add a table, write its model and YAML.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster import AssetCheckResult, AssetExecutionContext, AssetsDefinition, Output, multi_asset

from assets.dbt_models import load_manifest
from assets.dbt_translator import GoldTranslator, gold_specs
from assets.money_checks import LINES, check_results, check_specs
from assets.rebuilding import asked_of_gold
from resources.lake import LakeParam, LakeResource

if TYPE_CHECKING:
    from assets.dbt_build import Written

CORE = ("staging", "intermediate", "core", "catalogue", "sales", "signals", "inventory", "buyers")
FORECAST_MARTS = ("forecast", "cover")


def _gold_assets(name: str, folders: tuple[str, ...]) -> AssetsDefinition:
    manifest = load_manifest()
    specs, checks = gold_specs(manifest, folders)
    if any(spec.key == LINES for spec in specs):
        checks += check_specs()

    @multi_asset(name=name, specs=specs, check_specs=checks, can_subset=True, allow_arbitrary_check_specs=True)
    def build_gold(context: AssetExecutionContext, lake: LakeParam) -> Iterator[Output[None] | AssetCheckResult]:
        yield from _build(context, lake, manifest)

    return build_gold


def _build(
    context: AssetExecutionContext, lake: LakeResource, manifest: Mapping[str, Any]
) -> Iterator[Output[None] | AssetCheckResult]:
    """Build the selected models and say, of each, what was done; raise at the end if any failed."""
    from assets.dbt_build import GoldBuild
    from assets.dbt_runner import build

    names = [key.path[-1] for key in context.selected_asset_keys]
    asked, currency = asked_of_gold(context.run.tags), lake.chosen_house_currency()
    gold = GoldBuild(lake.lake(), lake.session(context.run.run_id), manifest, names, asked, currency)
    events: list[Mapping[str, Any]] = []
    outcome = build(gold, on_event=events.append)
    for event in events:
        yield from _as_dagster_events(event, context, manifest, gold.written)
    if LINES.path[-1] in gold.written:
        yield from check_results(lake.lake(), gold.session.versions, lake.allowed_bad_share)
    outcome.raise_for_failures()


def _as_dagster_events(
    event: Mapping[str, Any],
    context: AssetExecutionContext,
    manifest: Mapping[str, Any],
    written: "Mapping[str, Written]",
) -> Iterator[Output[None] | AssetCheckResult]:
    """What dagster-dbt makes of a dbt event, as far as it was asked for, with what the build knows of the table."""
    from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

    unique_id = event.get("data", {}).get("node_info", {}).get("unique_id", "")
    if unique_id not in manifest["nodes"]:
        return
    message = DbtCoreCliEventMessage(raw_event=dict(event), event_history_metadata={})
    wanted = {key.to_python_identifier() for key in context.selected_asset_keys}
    for found in message.to_default_asset_events(manifest, GoldTranslator(), context):
        if isinstance(found, Output) and found.output_name in wanted:
            yield found.with_metadata(
                {**found.metadata, **_metadata(written.get(manifest["nodes"][unique_id]["name"]))}
            )
        elif isinstance(found, AssetCheckResult):
            yield found


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
