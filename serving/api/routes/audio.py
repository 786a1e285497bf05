"""Audio: uploads to the inbox, what the tracks sound like, JAMS, and signed links to listen by."""

import datetime as dt
import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.audio_inbox import (
    NoInboxError,
    file_at_hand,
    is_signed,
    put_upload,
    received,
    signature,
    state_of,
)
from serving.api.problems import refuse
from serving.queries.audio import analyses, files_of, sections_of, sounds_like
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.api.services import Services

router = APIRouter(prefix="/audio", tags=["audio"])
MayUpload = Annotated[Identity, Depends(allowed("landing"))]
TrackId = Annotated[str, Path(min_length=1, max_length=100)]
FileId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}
LASTS_S = 300


class Uploaded(BaseModel):
    """The file lies in the inbox; the next look at it registers it."""

    file_id: str
    path: str
    bytes: int
    track_id: str | None


class AudioFile(BaseModel):
    """What became of an audio file: waiting, uploaded, analyzing, analyzed or failed, with the reason."""

    file_id: str
    path: str
    track_id: str | None
    state: str
    reason: str | None
    link_note: str | None
    state_at: dt.datetime


class Analysis(BaseModel):
    """What a track sounds like, and its sections in time."""

    analysis: dict[str, Any]
    sections: list[dict[str, Any]]


class LinkWanted(BaseModel):
    """A link to listen to a track."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"track_id": "T000123-01", "seconds": 300}})

    track_id: str = Field(min_length=1, max_length=100)
    seconds: int = Field(LASTS_S, ge=1, le=3600, description="how long the link works")


class AudioLink(BaseModel):
    """An address that plays a track without a key until it ends."""

    url: str
    ends_at: dt.datetime


@router.post("/files", status_code=202, openapi_extra=BODY)
async def upload(
    request: Request,
    who: MayUpload,
    name: Annotated[str, Query(min_length=1, max_length=200, examples=["T000123-01 master.flac"])],
    track_id: Annotated[str | None, Query(max_length=100, pattern=r"^[\w.:-]+$")] = None,
) -> Uploaded:
    """Put an audio file, the body of the request, into the inbox. The same bytes are put there once."""
    from audio.files import ENDINGS
    from lake.ingest.inbox.place import InboxUnreachableError

    if not name.lower().endswith(ENDINGS):
        raise refuse(415, f"name: must end in one of {', '.join(ENDINGS)}")
    services = services_of(request)
    if services.settings.inbox is None:
        raise refuse(409, "this installation has no audio inbox: LACQUER_INBOX names one")
    file, file_id, size = await received(services.lake, request.stream())
    try:
        if not size:
            raise refuse(400, "the body is empty: it must be the audio file")
        path = await run_in_threadpool(put_upload, services, file, file_id, name, track_id, who.name)
    except (InboxUnreachableError, OSError) as error:
        raise refuse(503, f"the inbox cannot be written to: {type(error).__name__}") from error
    finally:
        file.unlink(missing_ok=True)
    with services.database.write() as con:
        record(con, who.name, "audio uploaded", file_id, f"{path}, {size:,} bytes")
    return Uploaded(file_id=file_id, path=path, bytes=size, track_id=track_id)


@router.get("/files/{file_id}")
def file_state(request: Request, file_id: FileId, who: MayUpload) -> AudioFile:
    """What became of an audio file."""
    found = state_of(services_of(request), file_id)
    if found is None:
        raise refuse(404, f"no audio file {file_id}")
    return AudioFile(**found)


@router.get("/analyses")
def list_analyses(
    published: Published,
    release_id: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """Tempo, key, loudness and structure of tracks, each with its confidence."""
    return analyses(published, release_id=release_id, limit=limit)


@router.get("/analyses/{track_id}")
def one_analysis(track_id: TrackId, published: Published) -> Analysis:
    """One track."""
    found = analyses(published, track_id=track_id, limit=1)
    if not found:
        raise refuse(404, f"no analysis of a track {track_id!r}")
    return Analysis(analysis=found[0], sections=sections_of(published, track_id))


@router.get("/analyses/{track_id}/jams", response_class=Response)
def jams(request: Request, track_id: TrackId, published: Published) -> Response:
    """The analysis as JAMS (JSON), which other tools of music information retrieval read."""
    return jams_file(services_of(request), published, track_id)


def jams_file(services: "Services", reader: Reader, track_id: str) -> Response:
    """The answer that carries the JAMS of a track."""
    lake, found = services.lake, files_of(reader, track_id)
    path = (lake.root / found[1]).resolve() if found else None
    if path is None or not path.is_relative_to((lake.root / "audio").resolve()) or not path.is_file():
        raise refuse(404, f"no JAMS of a track {track_id!r}")
    return FileResponse(path, media_type="application/json", filename=f"{path.stem[:12]}.jams")


@router.get("/sounds-like")
def tracks_that_sound_like(
    published: Published,
    track_id: Annotated[str | None, Query(max_length=100)] = None,
    release_id: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> list[dict[str, Any]]:
    """Tracks that sound most like a track, or like the tracks of a release, by their audio embeddings."""
    if (track_id is None) == (release_id is None):
        raise refuse(422, "give either track_id or release_id")
    if not analyses(published, track_id=track_id, release_id=release_id, limit=1):
        raise refuse(404, f"no audio of {track_id or release_id} was analysed")
    return sounds_like(published, track_id=track_id, release_id=release_id, limit=limit)


@router.post("/links")
def make_link(request: Request, body: LinkWanted, published: Published) -> AudioLink:
    """A link by which a browser plays a track that you see, without a key, for some minutes."""
    found = files_of(published, body.track_id)
    if found is None:
        raise refuse(404, f"no analysed audio of a track {body.track_id!r}")
    return signed_link(services_of(request), found[0], body.seconds)


@router.get("/play/{file_id}", response_class=Response)
def play(
    request: Request,
    file_id: FileId,
    ends: Annotated[int, Query(ge=0, le=10**11)],
    signed: Annotated[str, Query(max_length=100)],
) -> Response:
    """The audio of a signed link, also in parts (Range). Needs no key."""
    return played(services_of(request), file_id, ends, signed)


def played(services: "Services", file_id: str, ends: int, signed: str) -> Response:
    """The answer to a signed link."""
    from lake.ingest.inbox.place import InboxUnreachableError, NotAtHandError

    if not is_signed(services, file_id, ends, signed):
        raise refuse(403, "this link has ended, or was never given out; ask for a new one")
    try:
        path = file_at_hand(services, file_id)
    except (NotAtHandError, NoInboxError):
        raise refuse(404, "the inbox does not hold this file any more") from None
    except InboxUnreachableError:
        raise refuse(503, "the inbox does not answer") from None
    return FileResponse(path, headers={"Cache-Control": "private, max-age=3600"})


def signed_link(services: "Services", file_id: str, seconds: int = LASTS_S, place: str = "/v1/audio/play") -> AudioLink:
    """A link to a file that works for so many seconds."""
    ends = int(time.time()) + seconds
    address = f"{place}/{file_id}?ends={ends}&signed={signature(services, file_id, ends)}"
    return AudioLink(url=address, ends_at=dt.datetime.fromtimestamp(ends, dt.UTC))
