"""Listening: the audio behind the signed links of pages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from serving.api.access import services_of
from serving.api.routes.audio import FileId, TrackId, jams_file, played, signed_link
from serving.queries.audio import analyses, files_of
from serving.queries.reader import Row
from serving.web.pages import Looking, Viewer

router = APIRouter(prefix="/listen")
LASTS_S = 3600


@router.get("/{file_id}")
def listen(
    request: Request,
    file_id: FileId,
    ends: Annotated[int, Query(ge=0, le=10**11)],
    signed: Annotated[str, Query(max_length=100)],
) -> Response:
    """The audio of a link that a page gave out."""
    return played(services_of(request), file_id, ends, signed)


@router.get("/{track_id}/jams")
def jams(looking: Looking, track_id: TrackId) -> Response:
    """The analysis of a track as JAMS."""
    return jams_file(looking.services, looking.reader, track_id)


def heard_tracks(looking: Viewer, release_id: str) -> list[Row]:
    """The analysed tracks of a release, each with a link to listen by where the installation has an inbox."""
    found = analyses(looking.reader, release_id=release_id)
    for one in found:
        files = files_of(looking.reader, one["track_id"])
        has_inbox = files is not None and looking.services.settings.inbox is not None
        one["link"] = signed_link(looking.services, files[0], LASTS_S, "/listen").url if files and has_inbox else None
    return found
