"""Which track of the PIM an audio file is: said beside it, said in a list, or read from its name.

The first that speaks decides. What a person has written down (a sidecar, the list) holds even where the PIM does not
know the track yet; a name is believed only where the PIM knows what it names. Two tracks in one name are none.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal

By = Literal["sidecar", "list", "file name"]
LIST = "tracks.csv"
SIDECAR_ENDING = ".json"
# A shorter one, or one without a digit, occurs in names by accident: `12 - Intro.wav` is not track 12.
SHORTEST_ID = 4
_WORD = re.compile(r"[^\W_]+")
_ISRC = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})-?([A-Z0-9]{3})-?(\d{2})-?(\d{5})(?![A-Za-z0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """The track of a file and who says so; without a track, ``note`` says why, and how to mend it."""

    track_id: str | None
    by: By | None
    note: str | None = None


@dataclass(frozen=True)
class Tracks:
    """The tracks that the PIM knows, to be found by number or by ISRC; make it with :func:`known_tracks`."""

    by_id: Mapping[str, str] = field(default_factory=dict)
    by_isrc: Mapping[str, frozenset[str]] = field(default_factory=dict)


def known_tracks(isrc_of: Mapping[str, str | None]) -> Tracks:
    """The tracks of a mapping from track number to ISRC (None where it has none)."""
    by_isrc: dict[str, set[str]] = {}
    for track_id, isrc in isrc_of.items():
        if isrc:
            by_isrc.setdefault(plain_isrc(isrc), set()).add(track_id)
    return Tracks(
        {track_id.casefold(): track_id for track_id in isrc_of},
        {isrc: frozenset(found) for isrc, found in by_isrc.items()},
    )


def plain_isrc(text: str) -> str:
    """An ISRC without hyphens and blanks, in capitals."""
    return re.sub(r"[\s-]", "", text).upper()


def link(name: str, sidecar: str | None, listed: Mapping[str, str] | None, tracks: Tracks) -> Link:
    """The track of a file.

    Args:
        name: of the file, without folders and ending.
        sidecar: the text of the JSON file beside it, if there is one.
        listed: the file's row of the list, if it has one.
        tracks: what the PIM knows.
    """
    if sidecar is not None:
        try:
            said = json.loads(sidecar)
        except ValueError as error:
            return Link(None, None, f"the sidecar is no JSON: {error}")
        return _stated(said, "sidecar", tracks)
    if listed is not None:
        return _stated(listed, "list", tracks)
    return _by_name(name, tracks)


def _stated(said: Any, by: By, tracks: Tracks) -> Link:
    track_id, isrc = (said.get(one) for one in ("track_id", "isrc")) if isinstance(said, Mapping) else (None, None)
    if isinstance(track_id, str) and track_id.strip():
        return Link(track_id.strip(), by)
    if isinstance(isrc, str) and isrc.strip():
        return _only(tracks.by_isrc.get(plain_isrc(isrc), frozenset()), by, f"ISRC {isrc.strip()}")
    return Link(None, None, f'the {by} names no track: give "track_id" or "isrc", as texts')


def _by_name(name: str, tracks: Tracks) -> Link:
    words = list(_WORD.finditer(name))
    # Every stretch of whole words, so that a number with hyphens in it is found.
    stretches = [(word.start(), word.end()) for word in words]
    stretches += [(first.start(), last.end()) for first, last in combinations(words, 2)]
    found = {
        (start, end): tracks.by_id[text]
        for start, end in stretches
        if end - start >= SHORTEST_ID
        and (text := name[start:end].casefold()) in tracks.by_id
        and any(letter.isdigit() for letter in text)
    }
    # T1000 within T1000-02 is no second track.
    widest = {
        track
        for (start, end), track in found.items()
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in found)
    }
    if widest:
        return _only(frozenset(widest), "file name", name)
    codes = [plain_isrc(one.group()) for one in _ISRC.finditer(name)]
    return _only(
        frozenset().union(*(tracks.by_isrc.get(code, frozenset()) for code in codes)), "file name", " ".join(codes)
    )


def _only(found: frozenset[str], by: By, what: str) -> Link:
    if len(found) == 1:
        return Link(next(iter(found)), by)
    if found:
        return Link(None, None, f"{what} is several tracks: {', '.join(sorted(found))}; name one in {LIST}")
    if by == "file name":
        return Link(None, None, f"its name holds no track number or ISRC of the PIM; name its track in {LIST}")
    return Link(None, None, f"{what} is no track of the PIM (yet)")


def read_list(text: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The rows of a list by file, and what is wrong with the others.

    Its columns are `file` (a path below the inbox, or a name) and `track_id` or `isrc`.
    """
    rows = csv.DictReader(io.StringIO(text))
    columns = rows.fieldnames or []
    if "file" not in columns or not {"track_id", "isrc"} & set(columns):
        return {}, [f"{LIST}: its first line must name the columns file and track_id (or isrc), not {columns}"]
    found: dict[str, dict[str, str]] = {}
    faults = []
    for row in rows:
        name = (row["file"] or "").strip()
        if name in found:
            faults.append(f"{LIST}, line {rows.line_num}: {name} stands there twice; the first row counts")
        elif name:
            found[name] = {key: value for key, value in row.items() if key and value}
    return found, faults
