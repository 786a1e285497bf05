"""The plan of a loop, made by rules from the JAMS of a track: beats, chords, sections, key, tuning and exact length."""

from dataclasses import dataclass
from typing import Any

NEAR_S = 0.1  # a section begins with a downbeat, as nearly as both are heard


class CannotPlanError(ValueError):
    """The JAMS does not hold what the loop needs."""


@dataclass(frozen=True)
class Span:
    """A chord or section of the loop, in seconds from the start of the loop."""

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
    sections: tuple[Span, ...] = ()


def plan_loop(track: dict[str, Any], bars: int, section: str | None = None) -> Plan:
    """Plan the first `bars` whole bars of the track, or of its first section of a name that has as many.

    A section is named by its function, such as chorus, where the JAMS states one, and by its letter.

    Raises:
        CannotPlanError: track or section has too few whole bars, there is no such section, or `bars` is below one.
    """
    if bars < 1:
        raise CannotPlanError(f"bars is {bars}; a loop has at least one bar")
    beats, parts = _rows(track, "beat"), _sections(track)
    downbeats = [number for number, row in enumerate(beats) if row["value"] == 1]
    place = _place(parts, [float(beats[number]["time"]) for number in downbeats], bars, section)
    first, last = downbeats[place], downbeats[place + bars]
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
        sections=tuple(_spans(parts, start, end)),
    )


def _sections(track: dict[str, Any]) -> list[dict[str, Any]]:
    """The sections, each with its function as its value where one is stated, and its letter beside."""
    functions = {float(row["time"]): row["value"] for row in _rows(track, "segment_salami_function")}
    return [
        row | {"value": functions.get(float(row["time"]), row["value"]), "letter": row["value"]}
        for row in _rows(track, "segment_open")
    ]


def _place(parts: list[dict[str, Any]], bars_s: list[float], bars: int, section: str | None) -> int:
    """The place of the loop's first downbeat among all."""
    if section is None:
        if len(bars_s) <= bars:
            whole = max(0, len(bars_s) - 1)
            raise CannotPlanError(f"the JAMS has {whole} whole bars, the request needs {bars}; ask for fewer bars")
        return 0
    wanted = section.casefold()
    named = [row for row in parts if wanted in (row["value"].casefold(), row["letter"].casefold())]
    if not named:
        known = ", ".join(dict.fromkeys(row["value"] for row in parts)) or "none"
        raise CannotPlanError(f"the JAMS has no section {section}; it has {known}")
    whole = 0
    for row in named:
        begin, end = row["time"] - NEAR_S, row["time"] + row["duration"] + NEAR_S
        inside = [number for number, time in enumerate(bars_s) if begin <= time <= end]
        if len(inside) > bars:
            return inside[0]
        whole = max(whole, len(inside) - 1)
    raise CannotPlanError(f"section {section} has {whole} whole bars, the request needs {bars}; ask for fewer bars")


def _rows(track: dict[str, Any], namespace: str) -> list[dict[str, Any]]:
    found = [one["data"] for one in track["annotations"] if one["namespace"] == namespace]
    return sorted(found[0], key=lambda row: float(row["time"])) if found else []


def _spans(rows: list[dict[str, Any]], start: float, end: float) -> list[Span]:
    """The chords cut to the loop."""
    cut = [(max(row["time"], start), min(row["time"] + row["duration"], end), row["value"]) for row in rows]
    return [Span(begin - start, stop - start, label) for begin, stop, label in cut if stop > begin]
