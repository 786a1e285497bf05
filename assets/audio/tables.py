"""The tables of what was heard, brought up to the states of the files: their rows are a function of those and the JAMS.

So whatever a run has left undone, the next one sees and does, and nothing stands twice.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.audio.audio_analyses import AUDIO_ANALYSES
from assets.audio.beats import BEATS
from assets.audio.chords import CHORDS
from assets.audio.sections import SECTIONS
from assets.audio.stems import STEMS
from lake.contract import Contract

if TYPE_CHECKING:
    from lake.ingest.inbox.audio_files import Row
    from lake.lakehouse import Lake

# Analyses last: its row says that those of the others stand.
HEARD = (BEATS, CHORDS, SECTIONS, STEMS, AUDIO_ANALYSES)
FOLDER, STATED = "audio", "stems.json"
AT_ONCE = 200  # tracks whose rows are written in one commit


def jams_of(lake: "Lake", file_id: str) -> Path:
    """Where the JAMS of a file stands, its page beside it."""
    return lake.root / FOLDER / "analyses" / file_id[:2] / f"{file_id}.jams"


def stems_of(lake: "Lake", file_id: str) -> Path:
    """The folder of a file's stems."""
    return lake.root / FOLDER / "stems" / file_id[:2] / file_id


@dataclass(frozen=True)
class BroughtUp:
    """What the tables took in: tracks written and removed; files whose JAMS is gone or broken."""

    written: int = 0
    removed: int = 0
    lost: tuple[str, ...] = ()


def bring_up(lake: "Lake", files: Mapping[str, "Row"], settings: str, *, in_full: bool = False) -> BroughtUp:
    """Write the rows of every track whose analysis is not in the tables, and remove those of tracks without one.

    Args:
        lake: the lake.
        files: every audio file, by its id.
        settings: what the analyser was told, as JSON.
        in_full: write every track's rows, also those that stand.
    """
    from lake.ingest.inbox.audio_files import by_track, heard_file, is_open

    linked = by_track(files)
    heard = {track: row for track, rows in linked.items() if (row := heard_file(rows)) is not None}
    standing = _standing(lake)
    wanted = {track: _identity(lake, row) for track, row in heard.items()}
    moved = sorted(track for track, identity in wanted.items() if in_full or standing.get(track) != identity)
    gone = [track for track in sorted(standing.keys() - wanted.keys()) if not is_open(linked.get(track, ()))]
    lost: list[str] = []
    for some in _portions([*moved, *gone]):
        made = {track: _rows(lake, track, heard[track], settings) for track in some if track in heard}
        lost += [heard[track]["file_id"] for track, rows in made.items() if rows is None]
        _write(lake, some, [rows for rows in made.values() if rows is not None])
    return BroughtUp(len(moved) - len(lost), len(gone), tuple(lost))


def _write(lake: "Lake", tracks: Collection[str], made: Sequence[dict[str, list["Row"]]]) -> None:
    """Put the rows in place of what stood of the tracks."""
    from lake.delta.replacing import replace_rows

    for contract in HEARD:
        rows = [row for one in made for row in one[contract.name]]
        replace_rows(lake.table(contract), "track_id", list(tracks), rows)


def _standing(lake: "Lake") -> dict[str, tuple[Any, ...]]:
    """File, version, moment and the stems' checksums, with that of their model, that stand of each track."""
    for contract in HEARD:
        lake.table(contract).create()
    con = lake.connect({name(one): lake.table(one).version() for one in (AUDIO_ANALYSES, STEMS)})
    rows = con.execute(
        "select track_id, file_id, analyser_version, analysed_at, "
        "coalesce(string_agg(model_checksum || sha256, ' ' order by stem), '') from silver.audio_analyses "
        "left join silver.stems using (track_id) group by all"
    )
    return {row[0]: row[1:] for row in rows.fetchall()}


def _identity(lake: "Lake", row: "Row") -> tuple[Any, ...]:
    from audio.rows import read_stems

    stems = sorted(read_stems(stems_of(lake, row["file_id"]) / STATED), key=lambda one: str(one["stem"]))
    return (
        row["file_id"],
        row["analyser_version"],
        row["state_at"],
        " ".join(f"{one['model_checksum']}{one['sha256']}" for one in stems),
    )


def _rows(lake: "Lake", track: str, row: "Row", settings: str) -> "dict[str, list[Row]] | None":
    """The rows of a track by table; None where its JAMS is gone or broken."""
    from audio.rows import read_stems, read_told

    jams, folder = jams_of(lake, row["file_id"]), stems_of(lake, row["file_id"])
    try:
        told = read_told(jams)
    except (OSError, ValueError):
        return None
    song = told.song | {
        "file_id": row["file_id"],
        "jams": str(jams.relative_to(lake.root)),
        "page": str(jams.with_suffix(".html").relative_to(lake.root)),
        "settings": settings,
        "analysed_at": row["state_at"],
    }
    stems = [one | {"path": str((folder / one["path"]).relative_to(lake.root))} for one in read_stems(folder / STATED)]
    found = zip(HEARD, (told.beats, told.chords, told.sections, stems, [song]), strict=True)
    return {contract.name: [{"track_id": track, **one} for one in rows] for contract, rows in found}


def _portions(tracks: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(tracks), AT_ONCE):
        yield tracks[start : start + AT_ONCE]


def name(contract: Contract) -> str:
    """The table's name in the lake."""
    return f"{contract.layer}/{contract.name}"


def as_settings(**told: Any) -> str:
    """What the analyser was told, as the tables keep it."""
    return json.dumps(told, sort_keys=True)
