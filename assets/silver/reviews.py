"""Reviews of releases and artists: a rating, and the text where the source gives one.

One row per review. Each stands in signals too, as an event of the kind review without its text. Traps: scales differ
between sources, so compare `rating_share`; who wrote it is personal data and stands here as a keyed pseudonym, or not
at all while no key is set; e-mails, phone numbers and names by which people introduce or sign themselves are masked in
headline and text.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract, Rule

SCALE = "try_cast(split_part(unit, '/', 2) as double)"

REVIEWS = Contract(
    name="reviews",
    grain="one row per review",
    key=("review_id",),
    latest_by="source_position",
    rules=(
        Rule(
            "rating_within_its_scale",
            f"rating <= {SCALE}",
            "rating is above the top of its scale",
            columns=("rating",),
        ),
    ),
    columns=(
        Column("review_id", "string", "identity of the review in its source", source="event_id"),
        Column(
            "entity_type",
            "string",
            "what is reviewed",
            source="entity_type",
            allowed=("release", "artist"),
        ),
        Column("entity_id", "string", "the release or artist; refers to releases or artists", source="entity_id"),
        Column("rating", "float64", "the rating on the source's own scale", source="value", minimum=0),
        Column("unit", "string", "the scale", source="unit", allowed=("points/10", "stars/5")),
        Column("rating_share", "float64", "the rating as a share of the best possible", sql=f"rating / {SCALE}"),
        Column("region", "string", "market it was written for", source="region", nullable=True),
        Column("reviewed_at", "timestamp", "moment it was published", source="occurred_at"),
        Column("source", "string", "who published it", source="source"),
        Column("title", "string", "headline", source="title", nullable=True, free_text=True),
        Column("text", "string", "the review", source="text", nullable=True, free_text=True),
        Column("author", "string", "who wrote it", source="author", nullable=True, personal=True),
    ),
)

reviews = silver_table(REVIEWS, __doc__, events_of="review")
