"""What a person sees of scores: the command that compares folders, and the tables of the bench."""

import json
from pathlib import Path

import jams
import pytest
from typer.testing import CliRunner

from benchmarks.audio_report import calibration, score_rows
from benchmarks.audio_truths import Observed, as_truth, real_clips, rendered_songs
from serving.cli import app


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two references, one heard: C major for A minor, 120 for 60 BPM, the right chord half of the time."""
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    references.mkdir()
    estimates.mkdir()
    true: dict[str, list[Observed]] = {
        "key_mode": [(0.0, 8.0, "A:minor")],
        "tempo": [(0.0, 8.0, 60.0)],
        "chord": [(0.0, 8.0, "A:min7")],
    }
    heard: dict[str, list[Observed]] = {
        "key_mode": [(0.0, 8.0, "C:major")],
        "tempo": [(0.0, 8.0, 120.0)],
        "chord": [(0.0, 4.0, "A:min"), (4.0, 4.0, "C:maj")],
    }
    as_truth(8.0, true, tuning_hz=440.0).save(str(references / "heard.jams"))
    as_truth(8.0, true).save(str(references / "failed.jams"))
    as_truth(8.0, heard, tuning_hz=438.5).save(str(estimates / "heard.jams"))
    return references, estimates


def test_folders_are_compared_and_what_is_missing_is_named(folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "scores.json"
    answer = CliRunner().invoke(app, ["evaluate", *map(str, folders), "--out", str(out)])
    assert answer.exit_code == 0, answer.output
    assert "without an estimate, and so 0: failed" in answer.output
    scores = json.loads(out.read_text())
    assert scores["heard"] == {
        "tempo_acc1": 0.0,
        "tempo_acc2": 1.0,
        "key": 0.3,  # relative major
        "chord_majmin": 0.5,
        "chord_root": 0.5,
        "tuning_error_hz": 1.5,
    }
    assert set(scores["failed"].values()) == {0.0}
    row = next(line for line in answer.output.splitlines() if "chord_majmin" in line)
    assert row.split() == ["chord_majmin", "0.250", "0.000", "to", "0.500", "2"]


def test_wrong_folders_and_files_are_said(folders: tuple[Path, Path], tmp_path: Path) -> None:
    references, estimates = folders
    for arguments, message in (
        ([tmp_path / "nowhere", estimates], "nowhere: no such folder"),
        ([tmp_path, estimates], "no reference in"),
        ([references, tmp_path], "no estimate in"),
        ([references, estimates, "--out", tmp_path / "scores.csv"], "name a .json file"),
    ):
        answer = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
        assert answer.exit_code == 1
        assert message in answer.stderr
    (estimates / "heard.jams").write_text("no JSON")
    answer = CliRunner().invoke(app, ["evaluate", str(references), str(estimates)])
    assert answer.exit_code == 1
    assert "heard.jams: no JAMS" in answer.stderr


def test_confidence_is_judged_as_by_hand() -> None:
    told, right = [0.9, 0.95, 0.7, 0.3, 0.1], [True, True, False, True, False]
    # Right over wrong: .9 and .95 over both, .3 over .1 only: 5 of 6. Bins: .925 for 1, .7 for 0, .3 for 1, .1 for 0.
    area, off = calibration(told, right)
    assert area == pytest.approx(5 / 6)
    assert off == pytest.approx((2 * 0.075 + 0.7 + 0.7 + 0.1) / 5)
    assert calibration([0.8, 0.6], [True, True])[0] is None


def test_a_row_is_mean_and_bar_and_of_the_tuning_the_median() -> None:
    scores = {"a": {"key": 1.0, "tuning_error_hz": 0.1}, "b": {"key": 0.5, "tuning_error_hz": 0.2}}
    scores["c"] = {"tuning_error_hz": 9.0}
    rows = score_rows(scores, {"key": 0.75, "tuning_error_hz": 2.0})
    assert rows[0] == ("key", "0.750", "0.500 to 1.000", "0.75", "2")
    assert (rows[1][1], rows[1][3]) == ("0.200", "under 2")


def test_the_public_songs_come_with_what_is_known_of_them(lacquer_data: Path) -> None:
    songs = {song.name: song.truth for song in rendered_songs(lacquer_data / "audio" / "rendered")}
    assert len(songs) == 5
    folk = songs["folk_104_D_a432"]
    assert folk.search(namespace="key_mode")[0].data[0].value == "D:major"
    assert folk.sandbox.lacquer["tuning_hz"] == 432.0
    positions = [row.value for row in sorted(folk.search(namespace="beat")[0].data, key=lambda row: row.time)]
    assert positions == [at % 4 + 1 for at in range(len(positions))]
    clips = {clip.name: clip for clip in real_clips(lacquer_data / "audio")}
    known = {name: [one.namespace for one in clip.truth.annotations] for name, clip in clips.items()}
    assert known["madmom sample"] == ["beat", "tempo"]
    assert known["muda fixture"] == ["chord", "key_mode"]
    assert known["Mindless_cut"] == ["segment_open"]
    assert len(clips) == 5
    tempo = clips["madmom sample"].truth.search(namespace="tempo")[0].data[0].value
    assert tempo == 87.5  # of 87.5 and 175 the one that is given 0.7
    assert all(isinstance(clip.truth, jams.JAMS) for clip in clips.values())
