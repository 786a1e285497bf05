"""The table of libraries beside ours."""

import pytest

from benchmarks.audio_rivals import Rival, rivals_part, rivals_there


def test_each_column_is_a_mean_over_the_same_songs_and_a_figure_that_nobody_has_is_a_dash() -> None:
    own = {"1": {"tempo_acc1": 1.0, "downbeat_f": 0.5}, "2": {"tempo_acc1": 0.0, "downbeat_f": 1.0}}
    other = Rival("librosa", {"1": {"tempo_acc1": 1.0}, "2": {"tempo_acc1": 1.0}}, cpu_s=6.0, music_s=120.0)
    part = rivals_part(own, [other])
    assert part.columns == ("figure", "own", "librosa")
    rows = {row[0]: [cell.partition(" ")[0] for cell in row[1:]] for row in part.rows}
    assert rows == {"tempo_acc1": ["0.500", "1.000"], "downbeat_f": ["0.750", "-"]}
    assert part.verdicts[0] == "librosa: 9.0 CPU s for three minutes"


def test_what_is_not_installed_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audio.backends.find_spec", lambda name: None)
    told: list[str] = []
    assert rivals_there(told.append) == []
    assert [line.partition(" needs")[0] for line in told] == [
        "left out: the backend librosa",
        "left out: the backend essentia",
    ]
