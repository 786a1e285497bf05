"""What each review says: its sentiment, and which aspects it praises or complains about.

One row per review with a text, by the registered version that serves: a model learned from the stars where it beat the
lexicon on the newest reviews of its fit, else the lexicon (`scored_by`). Traps: score, label and aspects are null where
the text is not English; aspects are JSON, each with the clause that says so; spans quote the review, may name people.
"""

from assets.derived import Input, derived_table
from assets.predictions import PREDICTION_ID_COLUMN
from lake.contract import Column, Contract

REVIEW_SENTIMENT = Contract(
    name="review_sentiment",
    layer="gold",
    grain="one row per review with a text",
    key=("review_id",),
    columns=(
        Column("review_id", "string", "the review; refers to reviews"),
        Column("entity_type", "string", "what is reviewed", allowed=("release", "artist")),
        Column("entity_id", "string", "the release or artist"),
        Column("reviewed_at", "timestamp", "moment it was published"),
        Column("rating_share", "float64", "the rating as a share of the best possible", nullable=True),
        Column("score", "float64", "sentiment", minimum=-1, maximum=1, nullable=True),
        Column("label", "string", "what it is", allowed=("positive", "neutral", "negative"), nullable=True),
        Column("aspects", "string", "JSON list of aspect, score, label, span, start, end", nullable=True),
        Column("scored_by", "string", "who scored it", allowed=("lexicon", "model")),
        Column("model_version", "string", "registered version that scored it; null: the simple rule", nullable=True),
        PREDICTION_ID_COLUMN,
    ),
)

REVIEWS_SQL = """
select review_id, entity_type, entity_id, reviewed_at, rating_share, concat_ws('. ', title, text) as text
from silver.reviews where text is not null order by review_id
"""

review_sentiment = derived_table(
    REVIEW_SENTIMENT,
    inputs={"reviews": Input.sql(REVIEWS_SQL), "model": Input.model("review_sentiment")},
    compute="ml.reviews.table:score_reviews",
    group="reviews",
    description=__doc__,
)
