"""What each mention in a post or comment says: its sentiment and aspects, by the scorer of reviews.

One row per mention with a text, by the version of review_sentiment that serves: learned from the stars of reviews, or
the lexicon (`scored_by`). Traps: as in review_sentiment; posts have no stars, so nothing here teaches.
"""

from assets.derived import Input, derived_table
from assets.predictions import PREDICTION_ID_COLUMN
from lake.contract import Column, Contract

MENTION_SENTIMENT = Contract(
    name="mention_sentiment",
    layer="gold",
    grain="one row per mention with a text",
    key=("mention_id",),
    references={"mention_id": "mentions"},
    columns=(
        Column("mention_id", "string", "the mention; refers to mentions"),
        Column("entity_type", "string", "what is mentioned"),
        Column("entity_id", "string", "number of what is mentioned"),
        Column("mentioned_at", "timestamp", "moment it was published"),
        Column("source", "string", "who published it"),
        Column("score", "float64", "sentiment", minimum=-1, maximum=1, nullable=True),
        Column("label", "string", "what it is", allowed=("positive", "neutral", "negative"), nullable=True),
        Column("aspects", "string", "JSON list of aspect, score, label, span, start, end", nullable=True),
        Column("scored_by", "string", "who scored it", allowed=("lexicon", "model")),
        Column("model_version", "string", "version of review_sentiment that scored it; null: none", nullable=True),
        PREDICTION_ID_COLUMN,
    ),
)

mention_sentiment = derived_table(
    MENTION_SENTIMENT,
    inputs={
        "mentions": Input.sql(
            "select mention_id, entity_type, entity_id, mentioned_at, source,"
            " concat_ws('. ', title, text) as text from silver.mentions where text is not null order by mention_id"
        ),
        "model": Input.model("review_sentiment"),
    },
    compute="ml.reviews.table:score_mentions",
    group="reviews",
    description=__doc__,
)
