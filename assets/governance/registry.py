"""The model registry as published tables: versions, backtest losses, batches of predictions, shadow forecasts.

Models write these rows when they are fitted and when they predict; this step publishes them.
"""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.buyers.propensity import BUYER_PROPENSITY
from assets.buyers.release_propensity import RELEASE_PROPENSITY
from assets.contracts import table_spec
from assets.forecasts.forecasts_table import FORECASTS_KEY
from assets.forecasts.shadow_forecasts import SHADOW_FORECASTS
from assets.governance import GROUP
from assets.governance.fitting import MODEL_KEYS
from assets.pricing.price_elasticities import PRICE_ELASTICITIES
from assets.pricing.price_recommendations import PRICE_RECOMMENDATIONS
from assets.reviews.mention_sentiment import MENTION_SENTIMENT
from assets.reviews.review_sentiment import REVIEW_SENTIMENT
from lake.contract import Contract
from lake.journals.models import MODEL_LIVE_LOSSES, MODEL_LOSSES, MODEL_VERSIONS, PREDICTION_BATCHES
from resources.lake import LakeParam

TABLES: tuple[tuple[Contract, str], ...] = (
    (MODEL_VERSIONS, "The fitted model lies where `artefact` says. Versions of one recipe differ by their data only."),
    (MODEL_LOSSES, "What the promotion rule compares; stored when a recipe is registered."),
    (MODEL_LIVE_LOSSES, "Stored fits scored in windows that came after them; what reviews and rollbacks look at."),
    (PREDICTION_BATCHES, "The first part of a `prediction_id` names its batch (`lacquer trace`)."),
    (SHADOW_FORECASTS, "What the challenger would have forecast; compared with what was served when windows end."),
)
# Tables whose rows have a `prediction_id`: their batches are on record before this step publishes them.
PREDICTIONS = (
    BUYER_PROPENSITY,
    RELEASE_PROPENSITY,
    PRICE_ELASTICITIES,
    PRICE_RECOMMENDATIONS,
    REVIEW_SENTIMENT,
    MENTION_SENTIMENT,
)
_WRITERS = [FORECASTS_KEY, *MODEL_KEYS, *(AssetKey([contract.layer, contract.name]) for contract in PREDICTIONS)]


@multi_asset(
    name="model_registry",
    specs=[
        table_spec(contract, _WRITERS, words, group=GROUP, kinds={"delta"}, code_version="1")
        for contract, words in TABLES
    ],
)
def model_registry(context: AssetExecutionContext, lake: LakeParam) -> Iterator[MaterializeResult]:
    """Publish with this run what the registry holds."""
    store = lake.lake()
    session = lake.session(context.run)
    for contract, _ in TABLES:
        table = store.table(contract)
        table.create()
        session.advance(table.name, table.version())
        yield MaterializeResult(
            asset_key=AssetKey([contract.layer, contract.name]),
            metadata={"rows": table.row_count(), "delta_version": table.version()},
        )
