"""What others read: every analysis is JAMS as promised, whatever was heard, and so when nothing was."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import jams
import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audio.analysis import Analysis, analyse_features
from audio.chords import NO_CHORD
from audio.decode import Decoded
from audio.features import FRAMES_PER_S, PEAKS, PITCH_FRAMES_PER_S, Features
from audio.jams_file import NAMESPACES, write_jams
from audio.levels import Loudness
from audio.pitch import NAMES


def features_like(seed: int, seconds: float, beats_s: float, notes: int, noise: float, fades: bool) -> Features:
    """What a song might leave: bursts at a pace, some notes at a time that change, noise, an end in silence."""
    rng = np.random.default_rng(seed)
    frames, pitch_frames = int(seconds * FRAMES_PER_S), int(seconds * PITCH_FRAMES_PER_S) + 1
    mel = 1e-6 + noise * rng.random((frames, 40))
    if beats_s:
        for at in np.arange(0.1, seconds - 0.1, beats_s):
            start = int(at * FRAMES_PER_S)
            mel[start : start + 12] += np.exp(-np.arange(12) / 4)[: len(mel) - start, None] * rng.uniform(0.3, 1, 40)
    hz, level = np.zeros((pitch_frames, PEAKS)), np.zeros((pitch_frames, PEAKS))
    for start in range(0, pitch_frames, 20):
        if notes:
            hz[start : start + 20, :notes] = 438 * 2 ** (rng.integers(-24, 12, notes) / 12)
            level[start : start + 20, :notes] = rng.uniform(0.2, 1, notes)
    if fades:
        mel[frames // 2 :] = 1e-12
        level[pitch_frames // 2 :] = 0.0
    told = Decoded(rate=44_100, channels=2, decoded_s=seconds, expected_s=seconds, damaged_packets=0)
    peakiness, outline = np.full(pitch_frames, 0.5, dtype=np.float32), np.zeros(10, dtype=np.float32)
    loudness = Loudness(-14.0, 5.0, -1.0)
    return Features(told, mel.astype("f4"), hz.astype("f4"), level.astype("f4"), peakiness, loudness, outline)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 999),
    seconds=st.floats(1.0, 14.0),
    beats_s=st.sampled_from([0.0, 0.3, 0.5, 0.8]),
    notes=st.sampled_from([0, 1, 4, 7]),
    noise=st.sampled_from([0.0, 0.01, 1.0]),
    fades=st.booleans(),
)
def test_whatever_is_heard_makes_jams_as_promised(tmp_path: Path, **song: Any) -> None:
    features = features_like(**song)
    analysis = analyse_features(features)
    path = tmp_path / "song.jams"
    write_jams(analysis, "song", path)
    read = jams.load(str(path), validate=True, strict=True)
    assert [one.namespace for one in read.annotations] == list(NAMESPACES)
    assert read.file_metadata.duration == features.duration_s
    rows = {one.namespace: sorted(one.data, key=lambda row: row.time) for one in read.annotations}
    _check_spans(rows["chord"], features.duration_s)
    _check_spans(rows["segment_open"], features.duration_s)
    assert all(row.value == NO_CHORD or row.value.partition(":")[0] in NAMES for row in rows["chord"])
    assert len(rows["tempo"]) in (0, 2)
    if rows["tempo"]:
        assert sum(row.confidence for row in rows["tempo"]) == pytest.approx(1)
        main = [row.confidence for row in read.search(namespace="tempo")[0].data]
        assert main[0] >= main[1]
    assert all(row.duration == 0 and 0 <= row.time <= features.duration_s for row in rows["beat"])
    _check_counting([row.value for row in rows["beat"]], analysis.beats_per_bar)
    assert len(rows["key_mode"]) in (0, 1)
    sure = [row.confidence for one in rows.values() for row in one if row.confidence is not None]
    assert all(0 <= one <= 1 for one in (*sure, *read.sandbox.lacquer["confidence"].values()))


def _check_spans(rows: list[Any], end_s: float) -> None:
    """From 0 to the end without a gap; JAMS keeps times to some billionths of a second."""
    assert rows[0].time == 0
    assert all(row.duration > 0 for row in rows)
    assert rows[-1].time + rows[-1].duration == pytest.approx(end_s, abs=1e-6)
    for one, following in pairwise(rows):
        assert one.time + one.duration == pytest.approx(following.time, abs=1e-6)
        assert one.time < following.time


def _check_counting(positions: list[int | None], beats_per_bar: int | None) -> None:
    """Up to the first one, then always 1 to the metre."""
    if beats_per_bar is None:
        assert set(positions) <= {None}
        return
    for one, following in pairwise(positions):
        assert one is not None
        assert following == one % beats_per_bar + 1


def test_nothing_heard_is_empty_annotations_and_the_file_holds_to_the_published_schema(
    tmp_path: Path, lacquer_data: Path
) -> None:
    quiet = analyse_features(features_like(1, 12.0, 0.0, 0, 1.0, fades=False))
    song = analyse_features(features_like(2, 20.0, 0.5, 4, 0.01, fades=False))
    assert (quiet.tempi, quiet.beats, quiet.key, quiet.tuning_hz) == ([], [], None, None)
    assert song.tempi
    assert song.key
    schema = json.loads((lacquer_data / "audio" / "jams_fixtures" / "jams_schema.json").read_text())
    for analysis, empty in ((quiet, {"tempo", "beat", "key_mode"}), (song, set())):
        told = _written(analysis, tmp_path / "song.jams")
        jsonschema.validate(told, schema)
        assert {one["namespace"] for one in told["annotations"] if not one["data"]} == empty
        assert {one["annotation_metadata"]["version"] for one in told["annotations"]} == {
            told["sandbox"]["lacquer"]["version"]
        }


def _written(analysis: Analysis, path: Path) -> dict[str, Any]:
    write_jams(analysis, "song", path)
    return dict(json.loads(path.read_text()))
