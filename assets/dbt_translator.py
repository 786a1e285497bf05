"""How a dbt model reads in the asset graph: its key, group, kinds, owners and code version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from lake.gold.models import code_number


class GoldTranslator(DagsterDbtTranslator):
    """Models are ``gold/<name>``, views over silver ``staging/<name>``, sources are what their contracts call them."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """Layer and name, as in the lake."""
        if dbt_resource_props["resource_type"] == "source":
            return AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The dbt group under gold, such as gold_sales."""
        group = dbt_resource_props.get("config", {}).get("group")
        return f"gold_{group}" if group else None

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The description as written, grain first, without the SQL that dagster-dbt would add."""
        return str(dbt_resource_props["description"]).strip()

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str] | None:
        """The team that owns the model's group; sources say theirs in their own asset."""
        group = dbt_resource_props.get("group")
        return [f"team:{group['owner']['name']}"] if isinstance(group, Mapping) else None

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None = None
    ) -> AssetSpec:
        """The spec, with kinds that say where the rows live and the version of all code that makes them."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if unique_id not in manifest["nodes"]:
            return spec
        kind = manifest["nodes"][unique_id]["config"]["materialized"]
        return spec.replace_attributes(
            kinds={"dbt", "duckdb", kind}, code_version=f"{code_number(manifest, unique_id):015x}"
        )


def gold_specs(
    translator: GoldTranslator, manifest: Mapping[str, Any], folders: Collection[str]
) -> tuple[list[AssetSpec], list[AssetCheckSpec]]:
    """Assets and checks of the models in the given folders of ``models/``; the translator keeps what it has made.

    The same translator calls that ``@dbt_assets`` makes, without its selection by dbt, whose import alone costs a
    sixth of importing dagster and dagster_dbt.
    """
    assets, checks = [], []
    for unique_id, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] != "model" or not set(folders) & set(node["fqn"]):
            continue
        asset = translator.get_asset_spec(manifest, unique_id)
        assets.append(asset)
        for child in manifest["child_map"][unique_id]:
            if child.startswith("test."):
                check = translator.get_asset_check_spec(asset, manifest, child, None)
                checks += [check] if check else []
    return assets, checks
