"""Artists as the product information system last stated them.

One row per artist.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

ARTISTS = Contract(
    name="artists",
    grain="one row per artist",
    key=("artist_id",),
    latest_by="source_position",
    history="scd2",
    columns=(
        Column("artist_id", "string", "artist number in the PIM", source="artistId"),
        Column("name", "string", "name as credited", source="name"),
        Column("genre", "string", "genre the artist is filed under", source="genre", nullable=True),
        Column("country", "string", "country of origin", source="country", nullable=True),
    ),
)

artists = silver_table(ARTISTS, __doc__, objects_of="Artist")
