"""`lacquer bench lake`: makes the inputs, runs the figures, lays out what came of it."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.lake_cases import CHANGES, EVENTS, INGEST, LATEST, MERGE, STANDING
from benchmarks.lake_inputs import SCALES, Scale, lake_with_changes, lake_with_standing, landed_events
from benchmarks.measure import Figure, Measured, measure, ratio
from benchmarks.report import Part

COLUMNS = ("figure", "case", "wall s", "CPU s", "peak MiB", "wall x", "CPU x")


def lake_part(scale_name: str, repetitions: int, told: Callable[[str], None]) -> Part:
    """Measure the three figures at the scale, in a temporary folder that is gone afterwards."""
    scale = SCALES[scale_name]
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="lacquer-bench-") as folder:
        for figure, name, make in (
            (LATEST, CHANGES, lake_with_changes),
            (MERGE, STANDING, lake_with_standing),
            (INGEST, EVENTS, landed_events),
        ):
            inputs = Path(folder) / figure.name
            inputs.mkdir()
            told(f"{figure.name}: making its input")
            make(inputs / name, scale)
            measured += measure(figure, inputs, repetitions, told)
    return Part(
        title=_title(scale),
        columns=COLUMNS,
        rows=_rows(measured),
        verdicts=[_verdict(figure, measured) for figure in (LATEST, MERGE, INGEST)],
        measured=[asdict(one) for one in measured],
    )


def _title(scale: Scale) -> str:
    return (
        f"lake: {scale.changes:,} changes to the latest per key; {scale.merged:,} changes merged into "
        f"{scale.standing:,} rows; {scale.events:,} events taken in"
    )


def _rows(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    """One row per case; x is how many times as much as the best reference it took."""
    rows: list[tuple[str, ...]] = []
    for one in measured:
        rivals = [other for other in measured if other.figure == one.figure and other.counts and not other.is_ours]
        walls, cpus = min(other.wall_s for other in rivals), min(other.cpu_s for other in rivals)
        rows.append(
            (
                one.figure,
                one.case,
                f"{one.wall_s:.2f}",
                f"{one.cpu_s:.2f}",
                f"{one.peak_mib:,.0f}",
                f"{one.wall_s / walls:.2f}",
                f"{one.cpu_s / cpus:.2f}",
            )
        )
    return rows


def _verdict(figure: Figure, measured: Sequence[Measured]) -> str:
    mine = [one for one in measured if one.figure == figure.name]
    times = ratio(mine)
    words = "within" if times <= figure.bar else "over"
    return (
        f"{figure.name} ({figure.description}): {times:.2f} times the best reference in wall time, "
        f"{ratio(mine, 'cpu_s'):.2f} in CPU; {words} the bar of {figure.bar}"
    )
