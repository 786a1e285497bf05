"""The benchmark of stems by rules: one song, and what its table says."""

from pathlib import Path

import pytest

from benchmarks.stem_adherence import Row, measure_song, report
from tests.needs import need_packages


@pytest.mark.heavy
def test_a_song_is_followed_and_has_its_length(tmp_path: Path) -> None:
    need_packages("jams", "mir_eval", target="audio")
    rows = measure_song(90_000, tmp_path, ("drums", "bass"), 2)
    assert [(row.stem, row.measure, row.length_error_samples) for row in rows] == [
        ("drums", "beat_f", 0),
        ("bass", "root", 0),
    ]
    assert min(row.value for row in rows) >= 0.95


def test_the_table_has_mean_and_worst_of_each_stem() -> None:
    rows = [Row("a", "bass", "root", 1.0, 0), Row("b", "bass", "root", 0.5, -3), Row("a", "drums", "beat_f", 0.9, 0)]
    assert report(rows).splitlines()[2:] == [
        "| bass | root | 2 | 0.750 | 0.500 | 3 |",
        "| drums | beat_f | 1 | 0.900 | 0.900 | 0 |",
    ]
