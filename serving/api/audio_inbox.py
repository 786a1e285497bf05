"""The audio inbox as the server uses it: taking uploads, their states, and signed links to what was analysed."""

import datetime as dt
import hmac
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from serving.accounts.tables import table

if TYPE_CHECKING:
    from lake.ingest.inbox.place import Inbox
    from lake.lakehouse import Lake
    from resources.settings import Settings
    from serving.api.services import Services

LEFT_AFTER_S = 24 * 3600.0  # a part so old was left by a process that ended
_NAME = re.compile(r"[^\w .()\[\]+-]+")
STATES = ("file_id", "path", "track_id", "state", "reason", "link_note", "state_at")


class NoInboxError(LookupError):
    """The installation has no inbox that audio could be put into."""


def inbox_of(settings: "Settings", lake: "Lake") -> "Inbox":
    """The inbox of an installation.

    Raises:
        NoInboxError: it has none.
    """
    from lake.ingest.inbox.opening import Access, open_inbox

    if settings.inbox is None:
        raise NoInboxError("this installation has no audio inbox: LACQUER_INBOX names one")
    secret = settings.inbox_secret.get_secret_value() if settings.inbox_secret else None
    access = Access(settings.inbox_endpoint, settings.inbox_account, secret, settings.inbox_region)
    return open_inbox(settings.inbox, access, lake.root / "audio" / "inbox")


def safe_name(name: str, file_id: str) -> str:
    """The name in the inbox: that of the sender without folders and odd letters, and a part of the content's hash."""
    from audio.files import short

    path = PurePath(name.replace("\\", "/")).name
    stem, ending = PurePath(path).stem, PurePath(path).suffix.lower()
    return f"{short(_NAME.sub('_', stem).strip(' .') or 'audio')[:120]}-{file_id[:8]}{ending}"


async def received(lake: "Lake", chunks: AsyncIterator[bytes]) -> tuple[Path, str, int]:
    """Write what a client sends into a file beside the lake.

    Returns:
        The file, the SHA-256 of its bytes, and how many they are. Whoever calls removes the file.
    """
    from starlette.concurrency import run_in_threadpool

    folder = lake.root / "audio" / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    _remove_left(folder)
    digest, size = sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        path = Path(file.name)
        try:
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                await run_in_threadpool(file.write, chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path, digest.hexdigest(), size


def _remove_left(folder: Path) -> None:
    """Remove parts that a process which ended has left; another request may do the same at this moment."""
    for old in folder.glob("*.part"):
        with suppress(FileNotFoundError):
            if old.stat().st_mtime < time.time() - LEFT_AFTER_S:
                old.unlink()


def put_upload(services: "Services", file: Path, file_id: str, name: str, track_id: str | None, by: str) -> str:
    """Put a received file into the inbox, its track beside it as a sidecar; the name that it has there.

    Raises:
        NoInboxError: there is no inbox.
        InboxUnreachableError: it does not answer.
        OSError: the file cannot be written there.
    """
    from sqlalchemy import delete, insert, select

    inbox, uploads = inbox_of(services.settings, services.lake), table("uploads")
    is_same = (uploads.c.file_id == file_id) & uploads.c.track_id.is_not_distinct_from(track_id)
    known = select(uploads.c.path).where(is_same)
    with services.database.read() as con:
        if (path := con.execute(known).scalar_one_or_none()) is not None:
            return str(path)
    path = safe_name(name, file_id)
    if track_id is not None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as sidecar:
            json.dump({"track_id": track_id}, sidecar)
            sidecar.flush()
            inbox.add(f"{path}.json", Path(sidecar.name))
    inbox.add(path, file)
    row = {"file_id": file_id, "path": path, "track_id": track_id, "uploaded_by": by}
    with services.database.write() as con:
        con.execute(delete(uploads).where(uploads.c.file_id == file_id))
        con.execute(insert(uploads).values(**row, uploaded_at=dt.datetime.now(dt.UTC)))
    return path


def state_of(services: "Services", file_id: str) -> dict[str, Any] | None:
    """What became of a file: its row in the table of files, or that it waits to be found; None when it is unknown."""
    from sqlalchemy import select

    from lake.ingest.inbox.audio_files import AUDIO_FILES

    sql = f"select {', '.join(STATES)} from journal where file_id = $id"
    for row in services.lake.journal(AUDIO_FILES).select(sql, {"id": file_id}):
        return dict(zip(STATES, row, strict=True))
    uploads = table("uploads")
    with services.database.read() as con:
        found = con.execute(select(uploads).where(uploads.c.file_id == file_id)).mappings().one_or_none()
    if found is None:
        return None
    known = {"path": found["path"], "track_id": found["track_id"], "state_at": found["uploaded_at"]}
    return {"file_id": file_id, "state": "waiting", "reason": None, "link_note": None} | known


def signature(services: "Services", file_id: str, ends: int) -> str:
    """The signature of a link to a file that works until a moment (unix seconds)."""
    return services.hasher.hash(f"audio link {file_id} {ends}")


def is_signed(services: "Services", file_id: str, ends: int, given: str) -> bool:
    """Whether a link is one that this installation gave out, and has not ended."""
    right = hmac.compare_digest(signature(services, file_id, ends).encode(), given.encode("utf-8", "replace"))
    return right and time.time() < ends


def file_at_hand(services: "Services", file_id: str) -> Path:
    """A local file with the bytes of a registered audio file.

    Raises:
        NoInboxError: there is no inbox.
        NotAtHandError: it does not hold them any more.
        InboxUnreachableError: it does not answer.
    """
    from lake.ingest.inbox.audio_files import AUDIO_FILES
    from lake.ingest.inbox.place import NotAtHandError

    names = ("file_id", "path", "bytes", "modified_at")
    sql = f"select {', '.join(names)} from journal where file_id = $id"
    rows = services.lake.journal(AUDIO_FILES).select(sql, {"id": file_id})
    if not rows:
        raise NotAtHandError("no such file")
    return inbox_of(services.settings, services.lake).at_hand(dict(zip(names, rows[0], strict=True)))
