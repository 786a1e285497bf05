"""The front door: joins assets, resources and sensors to what Dagster loads. Nothing else happens here.

Importing this module reads no network and opens no file but the dbt manifest.
"""

import gc
from collections.abc import Iterable
from itertools import chain
from typing import Any

from dagster import (
    AssetKey,
    AssetsDefinition,
    Definitions,
    in_process_executor,
    load_asset_checks_from_package_module,
    load_assets_from_package_module,
)

import assets
from assets.bronze.dead_letters import dead_letters_asset
from assets.checks import contract_checks
from assets.jobs import JOBS
from assets.publishing import published_asset
from assets.writeback.forecasts import CONFLICTS_KEY, WRITEBACKS_KEY
from resources.alerting import alerting_of
from resources.audio import AudioResource
from resources.delivery.parameter import Delivery
from resources.erp import Erp
from resources.generation.installation import Generation
from resources.lake import LakeResource
from resources.outside.fetching import OutsideSources
from resources.pim.connecting import asset_store_of, pim_of
from resources.pim.pulling import PimObjects
from resources.planning import planning_rules
from resources.settings import Settings
from resources.streams.connecting import Streams
from sensors.delivery import delivery_sensor
from sensors.drift import drift_sensor
from sensors.generation import generation_sensor, publishing_sensor
from sensors.inbox import inbox_sensor
from sensors.landing import landing_sensor
from sensors.recording import recording_sensor
from sensors.schedules import schedules
from sensors.streams import streams_sensor


def build_definitions(settings: Settings, **overrides: Any) -> Definitions:
    """Everything that Dagster runs, for these settings.

    Args:
        settings: of the installation.
        overrides: resources by key that take the place of the ordinary ones, in tests above all.
    """
    tables = load_assets_from_package_module(assets)
    keys = {layer: _keys(tables, layer) for layer in ("lake", "bronze", "silver", "gold")}
    letters = dead_letters_asset(keys["bronze"] + keys["silver"])
    written = [key for key in chain(*keys.values()) if key not in (WRITEBACKS_KEY, CONFLICTS_KEY)]
    resources: dict[str, Any] = {
        "alerting": alerting_of(settings),
        "audio": AudioResource.from_settings(settings),
        "delivery": Delivery(settings),
        "erp": Erp.from_settings(settings),
        "generation": Generation.from_settings(settings),
        "lake": LakeResource.from_settings(settings),
        "outside": OutsideSources.from_settings(settings),
        "pim": pim_of(settings),
        "pim_assets": asset_store_of(settings),
        "pim_objects": PimObjects.from_settings(settings),
        "planning": planning_rules(settings),
        "streams": Streams.from_settings(settings),
    }
    return Definitions(
        assets=[*tables, letters, published_asset([*written, letters.key])],
        asset_checks=[
            *load_asset_checks_from_package_module(assets),
            *contract_checks([*chain(*keys.values()), letters.key]),
        ],
        jobs=JOBS,
        sensors=[
            *(drift_sensor, landing_sensor, streams_sensor, inbox_sensor),
            *(generation_sensor, publishing_sensor, delivery_sensor, recording_sensor),
        ],
        schedules=schedules,
        executor=in_process_executor,
        resources=resources | overrides,
    )


def _keys(tables: Iterable[Any], layer: str) -> list[AssetKey]:
    """The keys of a layer's tables."""
    return [
        key for table in tables if isinstance(table, AssetsDefinition) for key in table.keys if key.path[0] == layer
    ]


defs = build_definitions(Settings())

# What has been imported by now lives as long as the process: a million objects that no search for garbage need visit.
gc.freeze()
