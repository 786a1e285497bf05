"""Recipes of the forecast: which code and parameters a fit is made with, and the number that stands for them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from assets.forecasts.inputs import fit_version, forecasting_version
from resources.registry import Registry

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from ml.forecasting.boosting import Settings

MODEL = "forecast"
REFIT_TAG = "lacquer/retrain"
Row = dict[str, Any]


def recipe_code(currency: str | None, overrides: Mapping[str, Any]) -> int:
    """The recipe of a fit as a number: forecasting code, house currency, and parameters other than the default."""
    code = fit_version(currency)
    return code ^ crc32(json.dumps(dict(overrides), sort_keys=True).encode()) if overrides else code


def overrides_of(row: Row | None) -> dict[str, Any]:
    """The parameters of a version that differ from the default; none where other code fitted it."""
    if row is None or row["code_version"] != f"{forecasting_version():012x}":
        return {}
    found: dict[str, Any] = json.loads(row["parameters"]).get("overrides", {})
    return found


def settings_with(settings: "Settings", overrides: Mapping[str, Any]) -> "Settings":
    """The settings with a version's own parameters."""
    return replace(settings, **overrides)


def merged_overrides(defaults: "Settings", champion: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The champion's parameters with those that a search changed; what is back at its default is left out."""
    return {name: value for name, value in {**champion, **found}.items() if value != getattr(defaults, name)}


def champion_overrides(store: "Lake") -> dict[str, Any]:
    """The parameters that this run fits and tests with: the champion's, where this very code fitted it."""
    return overrides_of(Registry(store).champion(MODEL))


def asks_for_refit(tags: Mapping[str, str]) -> bool:
    """Whether the run retrains: it fits anew however young the last fit is."""
    return REFIT_TAG in tags
