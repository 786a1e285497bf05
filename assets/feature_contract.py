"""The contract of the features by release, whose columns are those that the code of the features computes.

It stands apart from the asset, which needs the forecast's inputs: whatever reads a table that was never written asks
for every contract.
"""

from functools import cache

from lake.contract import Column, Contract

OWNER = "team:data-science"


@cache
def release_features() -> Contract:
    """The contract: keys, a column for each feature of the forecast, and one for each of what lies outside."""
    from ml.features.outside import WORDS
    from ml.features.releases import feature_words

    words = feature_words() | WORDS
    features = tuple(Column(name, "float64", said, nullable=True) for name, said in words.items())
    return Contract(
        name="release_features",
        layer="gold",
        grain="one row per release and origin",
        key=("release_id", "origin"),
        partition_by=("origin",),
        columns=(
            Column("release_id", "string", "the release"),
            Column("origin", "date", "last day whose sales were known"),
            *features,
        ),
        owner=OWNER,
    )
