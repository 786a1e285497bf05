"""Search: releases by what people type, and releases by mood."""

from typing import Annotated

from fastapi import APIRouter, Query

from serving.api.access import Published, Services_
from serving.queries.search.find import Hit, search_of

router = APIRouter(tags=["releases"])
Word = Annotated[str | None, Query(max_length=100)]


@router.get("/search")
def search(
    services: Services_,
    published: Published,
    q: Annotated[str, Query(min_length=1, max_length=200, examples=["calm piano for rainy evenings"])],
    genre: Word = None,
    format: Word = None,  # noqa: A002 # the name of the filter
    label_id: Word = None,
    artist_id: Word = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> list[Hit]:
    """Releases by title, artist, label, number, EAN or mood, misspelt or in part; the best first."""
    wanted = {"genre": genre, "format": format, "label_id": label_id, "artist_id": artist_id}
    filters = {name: value for name, value in wanted.items() if value is not None}
    return search_of(published, services.settings.sentence_model).find(q, filters, limit)
