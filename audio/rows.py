"""An analysis as rows of tables, read from its JAMS: the file is the record, tables are made of it again at any time.

Plain JSON is read, without the jams package: the tables can be rebuilt where the audio packages are not installed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audio.chords import NO_CHORD

Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What a JAMS file tells: one row about the song, then a row per beat, chord and section, in time."""

    song: Row
    beats: list[Row] = field(default_factory=list)
    chords: list[Row] = field(default_factory=list)
    sections: list[Row] = field(default_factory=list)


def read_told(jams: Path) -> Told:
    """What a JAMS file of ours tells.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no JAMS file that Lacquer has written.
    """
    whole = json.loads(jams.read_text(encoding="utf-8"))
    try:
        beside = whole["sandbox"]["lacquer"]
        found = {one["namespace"]: one["data"] for one in whole["annotations"]}
        tempi, beats, keys = found["tempo"], found["beat"], found["key_mode"]
        chords, sections = found["chord"], found["segment_open"]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{jams}: not written by lacquer analyze: {error} is missing") from error
    return Told(
        _song(beside, tempi, keys)
        | {
            "beat_count": len(beats),
            "chord_count": sum(one["value"] != NO_CHORD for one in chords),
            "section_count": len(sections),
            "section_labels": "".join(one["value"] for one in sections),
        },
        [
            {"beat": number, "time_s": one["time"], "position": one["value"]}
            for number, one in enumerate(beats, start=1)
        ],
        [_span("chord", number, one) for number, one in enumerate(chords, start=1)],
        [_span("section", number, one) for number, one in enumerate(sections, start=1)],
    )


def analyser_version(jams: Path) -> str | None:
    """The version of the analyser that wrote the file; None where there is no whole file of ours."""
    try:
        return str(json.loads(jams.read_text(encoding="utf-8"))["sandbox"]["lacquer"]["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_stems(stated: Path) -> list[Row]:
    """A row per stem of what stands beside the stems of a file (`stems.json`); none where there is no such file.

    Raises:
        ValueError: the file is no such statement.
    """
    if not stated.is_file():
        return []
    whole = json.loads(stated.read_text(encoding="utf-8"))
    taken = ("stem", "path", "duration_s", "sample_rate", "sha256")
    by = {"model": whole["model"], "model_checksum": whole["checksum"]}
    return [{name: one[name] for name in taken} | by for one in whole["stems"]]


def _song(beside: Mapping[str, Any], tempi: list[Row], keys: list[Row]) -> Row:
    sure = beside["confidence"]
    return {
        "status": beside["status"],
        "duration_s": beside["decoded_s"],
        "expected_s": beside["expected_s"],
        "bpm": tempi[0]["value"] if tempi else None,
        "bpm_alternative": tempi[1]["value"] if len(tempi) > 1 else None,
        "beats_per_bar": beside["beats_per_bar"],
        "musical_key": keys[0]["value"] if keys else None,
        "tuning_hz": beside["tuning_hz"],
        "integrated_lufs": beside["integrated_lufs"],
        "loudness_range_lu": beside["loudness_range_lu"],
        "true_peak_dbtp": beside["true_peak_dbtp"],
        "embedding": beside["embedding"],
        "analyser_version": beside["version"],
        **{
            f"{aspect}_confidence": sure.get(aspect)
            for aspect in ("tempo", "beats", "downbeats", "key", "tuning", "chords", "sections")
        },
    }


def _span(name: str, number: int, one: Mapping[str, Any]) -> Row:
    return {
        name: number,
        "start_s": one["time"],
        "end_s": one["time"] + one["duration"],
        "label": one["value"],
        "confidence": one["confidence"],
    }
