"""The vectors of releases that a run made, read for a search.

A release whose text changed since the run has no vector until the next one, and is found by words until then.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from serving.queries.reader import Reader
from serving.queries.search.documents import Document

if TYPE_CHECKING:
    from ml.search.sentence_model import SentenceModel, Vectors

TABLE = "gold.product_embeddings"


def read_vectors(
    reader: Reader, found: Sequence[Document], model: "SentenceModel"
) -> "tuple[list[str], Vectors] | None":
    """The ids of the releases that have a vector of this model, and the vectors; None where there are none."""
    import numpy as np

    if not reader.has(TABLE):
        return None
    query = f"select release_id, text, embedding from {TABLE} where model = $model order by release_id"
    rows = reader.cursor().sql(query, params={"model": repr(model)}).to_arrow_table()
    texts = {one.release_id: one.text for one in found}
    ids = rows.column("release_id").to_pylist()
    keep = [texts.get(key) == text for key, text in zip(ids, rows.column("text").to_pylist(), strict=True)]
    if not any(keep):
        return None
    flat = rows.column("embedding").combine_chunks().flatten().to_numpy(zero_copy_only=False)
    vectors = flat.astype(np.float32).reshape(len(ids), -1)[np.array(keep)]
    return [key for key, kept in zip(ids, keep, strict=True) if kept], vectors
