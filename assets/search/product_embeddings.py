"""Vectors of releases by the sentence model: two releases whose texts mean alike have vectors that point alike.

One row per release that has a text; empty without LACQUER_SENTENCE_MODEL. Traps: vectors of two
models do not compare (`model`); artists, genres and moods are in the text, sales and reviews are not.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assets.derived import Input, derived_table
from lake.contract import Column, Contract

if TYPE_CHECKING:
    from resources.lake import LakeResource

PRODUCT_EMBEDDINGS = Contract(
    name="product_embeddings",
    layer="gold",
    grain="one row per release with a text",
    key=("release_id",),
    references={"release_id": "releases"},
    columns=(
        Column("release_id", "string", "the release; refers to releases"),
        Column("text", "string", "what the model read: title, artist, genre, format, mood"),
        Column("model", "string", "the model, by the name of its folder and a digest of its files"),
        Column("embedding", "float64[]", "numbers of length 1; the product of two says how alike the texts mean"),
    ),
)

TRACKS_SQL = """
select t.release_id, coalesce(a.bpm, t.bpm) as bpm, coalesce(a.musical_key, t.musical_key) as musical_key,
  a.integrated_lufs as loudness, a.loudness_range_lu as range
from silver.tracks as t left join silver.audio_analyses as a using (track_id)
where t.release_id is not null order by t.release_id, t.track_id
"""


class EarlierVectors:
    """The vectors of a model that the table has, by their text; only a saving of work, and so without a name."""

    def __init__(self, lake: "LakeResource", model: object) -> None:
        self._lake, self._model = lake, repr(model)

    def __repr__(self) -> str:
        return "earlier vectors"

    def __call__(self) -> dict[str, list[float]]:
        """The vectors; none where the table was never written."""
        table = self._lake.lake().table(PRODUCT_EMBEDDINGS)
        if not table.exists():
            return {}
        rows = table.read().select("text", "model", "embedding").collect()
        return {text: list(vector) for text, model, vector in rows.iter_rows() if model == self._model}


def installed_model(lake: "LakeResource", _: Mapping[str, int]) -> dict[str, Any]:
    """The model that embeds, and the vectors that it has made before."""
    from resources.sentence_model import sentence_model

    model = sentence_model(lake.sentence_model)
    return {"model": model, "earlier": EarlierVectors(lake, model)}


product_embeddings = derived_table(
    PRODUCT_EMBEDDINGS,
    inputs={
        "releases": Input.sql(
            "select release_id, title, artist_name, genre, format from gold.dim_release order by release_id"
        ),
        "tracks": Input.sql(TRACKS_SQL),
    },
    compute="ml.search.embeddings:embed_releases",
    parameters=installed_model,
    group="search",
    description=__doc__,
)
