"""A list of suggestions for one person: what the person carried out before comes first, what was dismissed last.

For each kind, label and country, the share of acts that carried a suggestion out, with one act of each sort added,
times two: 1 where nothing is known. A suggestion's score is multiplied by all three.
"""

from __future__ import annotations

import polars as pl

from ml.decisions.ranking import ranked

TRAITS = ("kind", "label_id", "territory")
DONE = "done"


def ranked_for(suggestions: pl.DataFrame, acts: pl.DataFrame) -> pl.DataFrame:
    """The suggestions with `preference`, ranked by it, impact, confidence and urgency, with variety.

    Args:
        suggestions: [*TRAITS, impact, confidence, urgency, …].
        acts: [act, *TRAITS] of one person.
    """
    rows = suggestions.with_columns(preference=pl.lit(1.0))
    for trait in TRAITS:
        likes = acts.drop_nulls(trait).group_by(trait).agg(__like=2 * (_done() + 1) / (pl.len() + 2))
        rows = (
            rows.join(likes, on=trait, how="left", maintain_order="left")
            .with_columns(preference=pl.col("preference") * pl.col("__like").fill_null(1.0))
            .drop("__like")
        )
    weighed = rows.with_columns(__urgency="urgency", urgency=pl.col("urgency") * pl.col("preference"))
    return ranked(weighed, "kind").with_columns(urgency="__urgency").drop("__urgency")


def _done() -> pl.Expr:
    return (pl.col("act") == DONE).sum()
