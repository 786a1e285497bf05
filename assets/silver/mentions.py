"""Mentions of releases, artists and labels in posts and comments, with what they say.

One row per post and entity. Each stands in signals too, as an event of the kind mention without its text. Traps: kind
`mentions` (counts a day) is another kind and has no rows here; a post that mentions two releases is two rows; who wrote
it is not kept, and e-mails, phone numbers and names by which people introduce or sign themselves are masked.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

MENTIONS = Contract(
    name="mentions",
    grain="one row per post and entity that it mentions",
    key=("mention_id",),
    latest_by="source_position",
    columns=(
        Column("mention_id", "string", "identity of the post and entity in its source", source="event_id"),
        Column(
            "entity_type",
            "string",
            "what is mentioned",
            source="entity_type",
            allowed=("release", "artist", "label", "track", "genre"),
        ),
        Column("entity_id", "string", "number of what is mentioned", source="entity_id"),
        Column("region", "string", "market it was written in", source="region", nullable=True),
        Column("mentioned_at", "timestamp", "moment it was published", source="occurred_at"),
        Column("known_at", "timestamp", "moment it was fetched", source="known_at", nullable=True),
        Column("source", "string", "who published it", source="source"),
        Column("title", "string", "headline", source="title", nullable=True, free_text=True),
        Column("text", "string", "the post", source="text", nullable=True, free_text=True),
    ),
)

mentions = silver_table(MENTIONS, __doc__, events_of="mention")
