"""The feature views: which tables Feast serves, with names, types and words as their contracts have them.

Each is one row per release and moment from which it was known. To add one, add it to :func:`feature_views`.
"""

from collections.abc import Mapping
from typing import Any

from assets.buyers.release_audience import RELEASE_AUDIENCE
from assets.features.release_features import RELEASE_FEATURES
from lake.contract import Contract
from lake.gold.models import delta_models
from lake.types import duckdb_type
from resources.feature_store import Feature, View

VECTOR = "gold/mart_release_vector"


def feature_views(manifest: Mapping[str, Any]) -> tuple[View, ...]:
    """The release's features as the forecast sees them, its vector, and its collaborative signals."""
    return (_of_contract(RELEASE_FEATURES, "origin"), _of_vector(manifest), _of_contract(RELEASE_AUDIENCE, "as_of"))


def _of_contract(contract: Contract, day: str) -> View:
    """A view of a table with a row per release, and where it keeps them, per day."""
    return View(
        name=contract.name,
        table=f"{contract.layer}/{contract.name}",
        key="release_id",
        # What was known at the end of the day can be seen from the next one on.
        known_from=f"({day} + interval 1 day)::timestamp at time zone 'UTC'",
        features=tuple(
            Feature(column.name, duckdb_type(column.type), column.description)
            for column in contract.columns
            if column.name not in contract.key
        ),
    )


def _of_vector(manifest: Mapping[str, Any]) -> View:
    model = next(model for model in delta_models(manifest) if model.key == VECTOR)
    words = manifest["nodes"][model.unique_id]["columns"]
    return View(
        name="release_vector",
        table=VECTOR,
        key="product_id",
        # The vector is of the newest day and keeps no earlier one: it is known since it was published.
        known_from="$published_at",
        features=tuple(
            Feature(name, kind.upper(), words[name]["description"])
            for name, kind in model.columns
            if name != "product_id"
        ),
    )
