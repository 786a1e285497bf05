"""What to do: decisions about orders and advertising."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from serving.api.access import Published
from serving.api.problems import refuse
from serving.queries.reader import Reader
from serving.queries.sections import section

router = APIRouter(tags=["decisions"])
ReleaseFilter = Annotated[str | None, Query(max_length=100)]
Most = Annotated[int, Query(ge=1, le=1000)]


def section_rows(reader: Reader, name: str, release_id: str | None, limit: int) -> list[dict[str, Any]]:
    """The rows of a section of the published state; 404 where the lake has no such table."""
    found = section(reader, name, release_id=release_id, limit=limit)
    if found is None:
        raise refuse(404, f"{name} are not published in this lake")
    return found.rows


@router.get("/decision")
def decisions(published: Published, release_id: ReleaseFilter = None, limit: Most = 100) -> list[dict[str, Any]]:
    """Orders and advertising to decide on at the newest origin, with risk and three scenarios, best first."""
    return section_rows(published, "decisions", release_id, limit)
