"""The plan of a loop, made by rules from the JAMS of a track: beats, chords, key, tuning and exact length."""

from dataclasses import dataclass
from typing import Any


class CannotPlanError(ValueError):
    """The JAMS does not hold what the loop needs."""


@dataclass(frozen=True)
class Span:
    """A chord of the loop, in seconds from the start of the loop."""

    start_s: float
    end_s: float
    label: str


@dataclass(frozen=True)
class Plan:
    """What a backend has to follow; `beats_s` counts from the start of the loop."""

    source_start_s: float
    duration_s: float
    beats_s: tuple[float, ...]
    beats_per_bar: int
    chords: tuple[Span, ...]
    key: str | None
    tuning_hz: float


def plan_loop(track: dict[str, Any], bars: int) -> Plan:
    """Plan the first `bars` whole bars of the track.

    Raises:
        CannotPlanError: the track has too few whole bars, or `bars` is below one.
    """
    if bars < 1:
        raise CannotPlanError(f"bars is {bars}; a loop has at least one bar")
    beats = _rows(track, "beat")
    downbeats = [number for number, row in enumerate(beats) if row["value"] == 1]
    if len(downbeats) <= bars:
        whole = max(0, len(downbeats) - 1)
        raise CannotPlanError(f"the JAMS has {whole} whole bars, the request needs {bars}; ask for fewer bars")
    first, last = downbeats[0], downbeats[bars]
    start, end = float(beats[first]["time"]), float(beats[last]["time"])
    beside = track.get("sandbox", {}).get("lacquer", {})
    keys = _rows(track, "key_mode")
    return Plan(
        source_start_s=start,
        duration_s=end - start,
        beats_s=tuple(float(row["time"]) - start for row in beats[first:last]),
        beats_per_bar=beside.get("beats_per_bar") or downbeats[1] - downbeats[0],
        chords=tuple(_spans(_rows(track, "chord"), start, end)),
        key=keys[0]["value"] if keys else None,
        tuning_hz=beside.get("tuning_hz") or 440.0,
    )


def _rows(track: dict[str, Any], namespace: str) -> list[dict[str, Any]]:
    found = [one["data"] for one in track["annotations"] if one["namespace"] == namespace]
    return sorted(found[0], key=lambda row: float(row["time"])) if found else []


def _spans(rows: list[dict[str, Any]], start: float, end: float) -> list[Span]:
    """The chords cut to the loop."""
    cut = [(max(row["time"], start), min(row["time"] + row["duration"], end), row["value"]) for row in rows]
    return [Span(begin - start, stop - start, label) for begin, stop, label in cut if stop > begin]
