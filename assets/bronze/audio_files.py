"""Audio files of the inbox, by the hash of their bytes.

One row per content of an audio file that was in the inbox: whose track it is, and what became of it. Copies and renamed
files are one row. Traps: a file without a track is kept and waits (`link_note` says why); one that has left the inbox
keeps its row, and its analysis.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    MaterializeResult,
    asset,
)

from assets.bronze import BALANCE
from assets.contracts import asset_metadata, grain_first, owners
from lake.ingest.inbox.audio_files import AUDIO_FILES
from resources.audio import AudioParam
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.ingest.inbox.place import Inbox, InboxFile
    from lake.ingest.inbox.registration import Linked, Registered
    from lake.lakehouse import Lake

GROUP = "audio"
KEY = AssetKey(["bronze", AUDIO_FILES.name])
ALL_LINKED = "all_linked"
TRACKS = "silver/tracks"
SHOWN = 3
_MOST_SIDECAR_BYTES, _MOST_LIST_BYTES = 2**20, 2**26


@asset(
    key=KEY,
    deps=[AssetKey(TRACKS.split("/"))],
    group_name=GROUP,
    kinds={"delta", "file"},
    owners=owners(AUDIO_FILES),
    description=grain_first(AUDIO_FILES, __doc__),
    metadata=asset_metadata(AUDIO_FILES),
    code_version=sha256(repr(AUDIO_FILES.columns).encode()).hexdigest()[:12],
    check_specs=[
        AssetCheckSpec(BALANCE, asset=KEY, blocking=True, description="each content of the inbox has its row"),
        AssetCheckSpec(ALL_LINKED, asset=KEY, description="each file of the inbox is a track of the PIM"),
    ],
)
def audio_files(context: AssetExecutionContext, lake: LakeParam, audio: AudioParam) -> MaterializeResult:
    """Look into the inbox, register what is new and link what can be linked."""
    from audio.files import is_audio
    from lake.delta.storage import only_one
    from lake.ingest.inbox.registration import look, register

    store = lake.lake()
    if (wanting := audio.wanting()) is not None or audio.inbox is None:
        context.log.info(wanting)
        passed = [AssetCheckResult(check_name=one, passed=True, asset_key=KEY) for one in (BALANCE, ALL_LINKED)]
        return MaterializeResult(metadata={"skipped": wanting}, check_results=passed)
    session, inbox = lake.session(context.run), audio.open(store)
    with only_one(store.root, "audio-inbox"):
        store.table(AUDIO_FILES).create()
        found = look(inbox, is_audio)
        link = Linking(store, session.versions, inbox)
        done = register(store, inbox, found, link)
    session.advance("/".join(KEY.path), done.version)
    left = [f"{name}: it is still being written" for name in done.look.growing]
    for note in [*link.faults, *done.look.unreadable, *left]:
        context.log.warning(note)
    return MaterializeResult(
        metadata={
            "inbox": inbox.address,
            "files": len(done.look.files),
            "contents": done.files,
            "new": done.new,
            "still_written": len(done.look.growing),
            "unreadable": len(done.look.unreadable),
            "delta_version": done.version,
        },
        check_results=_checks(store, done, link.faults),
    )


class Linking:
    """Says of a file which track it is, from what stands beside it, in the inbox's list, or in its name."""

    def __init__(self, store: "Lake", versions: Mapping[str, int], inbox: "Inbox") -> None:
        from audio.linking import LIST, known_tracks, read_list

        self.faults: list[str] = []
        self._inbox = inbox
        self._listed: Mapping[str, Mapping[str, str]] = {}
        self._tracks = known_tracks(_tracks(store, versions))
        try:
            if (listed := inbox.text(LIST, _MOST_LIST_BYTES)) is not None:
                self._listed, self.faults = read_list(listed.decode("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            self.faults = [f"{LIST} cannot be read: {error}"]

    def __call__(self, file: "InboxFile") -> "Linked":
        """The link of a file."""
        from audio.linking import link
        from lake.ingest.inbox.registration import Linked

        listed = self._listed.get(file.name) or self._listed.get(file.path.name)
        found = link(file.path.stem, self._sidecar(file.path), listed, self._tracks)
        return Linked(found.track_id, found.by, found.note)

    def _sidecar(self, path: PurePosixPath) -> str | None:
        """The text of the JSON file beside a file: song.wav.json, else song.json."""
        for beside in (path.with_name(f"{path.name}.json"), path.with_suffix(".json")):
            try:
                text = self._inbox.text(str(beside), _MOST_SIDECAR_BYTES)
            except OSError:
                continue
            if text is not None:
                return text.decode(encoding="utf-8", errors="replace")
        return None


def _tracks(store: "Lake", versions: Mapping[str, int]) -> dict[str, str | None]:
    """The ISRC of each track that the run sees."""
    if TRACKS not in versions:
        return {}
    con = store.connect({TRACKS: versions[TRACKS]})
    return dict(con.execute("select track_id, isrc from silver.tracks").fetchall())


def _checks(store: "Lake", done: "Registered", faults: list[str]) -> list[AssetCheckResult]:
    con = store.connect({"/".join(KEY.path): done.version})
    present, unlinked = con.execute(
        "select count(*) filter (where copies > 0), count(*) filter (where copies > 0 and track_id is null) "
        "from bronze.audio_files"
    ).fetchall()[0]
    first = con.execute(
        "select path || ': ' || link_note from bronze.audio_files where copies > 0 and track_id is null "
        f"order by path limit {SHOWN}"
    ).fetchall()
    words = "; ".join([*faults[:SHOWN], *(one for (one,) in first)])
    return [
        AssetCheckResult(
            check_name=BALANCE,
            passed=present == done.files,
            metadata={"contents": done.files, "rows": present},
            description=f"{done.files} contents in the inbox, {present} rows of files that are there",
        ),
        AssetCheckResult(
            check_name=ALL_LINKED,
            passed=not unlinked and not faults,
            severity=AssetCheckSeverity.WARN,
            metadata={"unlinked": unlinked},
            description=f"{unlinked} of {present} files wait for a track: {words}" if words else "each has a track",
        ),
    ]
