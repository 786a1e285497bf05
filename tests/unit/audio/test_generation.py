"""Generated stems against the plan they were made from, and backends that do not follow it."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from audio.decode import Decoder
from audio.generation.adherence import LEAST_ADHERENCE, MEASURES
from audio.generation.backends import RuleBackend
from audio.generation.drafts import CannotGenerateError, draft_stem
from audio.generation.parts import harmony_of
from audio.generation.plan import Plan, Span, plan_loop
from audio.songs.score import score_of
from audio.songs.truth import write_truth
from tests.needs import need_packages

pytestmark = pytest.mark.heavy


@pytest.fixture(autouse=True, scope="module")
def scores() -> None:
    need_packages("jams", "mir_eval", target="audio")


def four_bars() -> Plan:
    """C, A minor, F, G seventh at 110 BPM with A = 436 Hz; beats that are a little uneven."""
    beat = 60 / 110
    beats = tuple(float(n * beat + 0.01 * np.sin(n)) if n else 0.0 for n in range(16))
    names, end = ("C:maj", "A:min", "F:maj", "G:7"), 16 * beat
    edges = [*beats[::4], end]
    chords = tuple(Span(a, b, name) for a, b, name in zip(edges, edges[1:], names, strict=False))
    return Plan(1.0, end, beats, 4, chords, "C:major", 436.0)


class Changed(RuleBackend):
    """The rule-based backend with a fault: of the plan that it plays, or of the samples."""

    name = "planted"

    def __init__(
        self,
        plan: Callable[[Plan], Plan] = lambda plan: plan,
        sound: Callable[[np.ndarray], np.ndarray] = lambda sound: sound,
        until_seed: int = 10**6,
    ) -> None:
        self.plan, self.sound, self.until_seed = plan, sound, until_seed

    def generate(self, plan: Plan, stem: str, seed: int) -> np.ndarray:
        if seed >= self.until_seed:
            return super().generate(plan, stem, seed)
        return self.sound(super().generate(self.plan(plan), stem, seed))


def off_key(plan: Plan) -> Plan:
    return dataclasses.replace(plan, tuning_hz=plan.tuning_hz * 2 ** (1 / 12))


def out_of_tune(plan: Plan) -> Plan:
    return dataclasses.replace(plan, tuning_hz=plan.tuning_hz * 2 ** (0.4 / 12))


def off_tempo(plan: Plan) -> Plan:
    """Seven per cent faster, with beats to the end of the same loop."""
    beat = plan.duration_s / len(plan.beats_s) / 1.07
    return dataclasses.replace(plan, beats_s=tuple(np.arange(0, plan.duration_s - 0.1, beat)))


@pytest.mark.parametrize("seed", range(7_100, 7_105))
@pytest.mark.parametrize("stem", RuleBackend.stems)
def test_a_stem_by_rules_follows_the_truth_of_a_song(tmp_path: Path, stem: str, seed: int) -> None:
    write_truth(score_of(seed, 3), tmp_path / "song.jams")
    plan = plan_loop(json.loads((tmp_path / "song.jams").read_text()), 4)
    draft = draft_stem(plan, stem, RuleBackend(), tmp_path, seed, attempts=1)
    assert draft.attempts[0].reasons == ()
    assert draft.attempts[0].scores[MEASURES[stem]] >= 0.95
    decoder = Decoder(tmp_path / f"{stem}.flac")
    assert sum(block.shape[1] for block in decoder) == round(plan.duration_s * 44_100)


def test_the_pitches_in_the_file_are_those_of_the_chord(tmp_path: Path) -> None:
    """An oracle beside our analysis: the strongest lines of a Fourier transform of the held chords."""
    plan = four_bars()
    sound = RuleBackend().generate(plan, "other", 1).astype(np.float64)
    for chord in plan.chords:
        part = sound[round(chord.start_s * 44_100) + 4_000 : round(chord.end_s * 44_100) - 4_000]
        power = np.abs(np.fft.rfft(part * np.hanning(part.size), 1 << 18))
        hz = np.fft.rfftfreq(1 << 18, 1 / 44_100)
        harmony = harmony_of(chord.label)
        assert harmony is not None
        found = set()
        for _ in harmony.pitch_classes:
            peak = float(hz[np.argmax(power)])
            found.add(round(12 * np.log2(peak / 436.0) + 69) % 12)
            power[np.abs(hz - peak) < 12] = 0
        assert found == set(harmony.pitch_classes)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("stem", ["bass", "guitar", "piano", "other", "synth"])
def test_a_backend_off_key_is_rejected_every_time(tmp_path: Path, stem: str, seed: int) -> None:
    draft = draft_stem(four_bars(), stem, Changed(plan=off_key), tmp_path, seed)
    assert len(draft.attempts) == 3
    assert all(one.scores[MEASURES[stem]] < LEAST_ADHERENCE for one in draft.attempts)
    assert not draft.is_accepted
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_backend_off_tempo_is_rejected_every_time(tmp_path: Path, seed: int) -> None:
    draft = draft_stem(four_bars(), "drums", Changed(plan=off_tempo), tmp_path, seed)
    assert all(one.scores["beat_f"] < LEAST_ADHERENCE for one in draft.attempts)
    assert not draft.is_accepted


FAULTS = {
    "tuning": Changed(plan=out_of_tune),
    "length": Changed(sound=lambda sound: sound[:-1]),
    "clipping": Changed(sound=lambda sound: np.clip(8 * sound, -1, 1)),
    "silence": Changed(sound=lambda sound: 0 * sound),
    "loudness": Changed(sound=lambda sound: 0.05 * sound),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_the_reason_names_the_rule(tmp_path: Path, rule: str) -> None:
    draft = draft_stem(four_bars(), "piano", FAULTS[rule], tmp_path, attempts=1)
    assert [reason for reason in draft.attempts[0].reasons if reason.startswith(f"{rule}:")]


def test_the_next_seed_is_tried_and_kept(tmp_path: Path) -> None:
    draft = draft_stem(four_bars(), "bass", Changed(plan=off_key, until_seed=6), tmp_path, seed=5)
    assert [(one.seed, bool(one.reasons)) for one in draft.attempts] == [(5, True), (6, False)]
    assert draft.path == tmp_path / "bass.flac"


def test_the_same_seed_gives_the_same_file_and_another_one_another(tmp_path: Path) -> None:
    sums = [draft_stem(four_bars(), "synth", RuleBackend(), tmp_path, seed).sha256 for seed in (1, 1, 2)]
    assert sums[0] == sums[1] != sums[2]


def test_a_stem_that_no_rule_plays_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotGenerateError, match="makes no vocals; it makes drums"):
        draft_stem(four_bars(), "vocals", RuleBackend(), tmp_path)


def test_the_command_writes_the_stems_and_their_report(lacquer: Callable[..., Result], tmp_path: Path) -> None:
    write_truth(score_of(7_100, 3), tmp_path / "song.jams")
    out = tmp_path / "drafts"
    answer = lacquer("generate", "stems", tmp_path / "song.jams", "--stems", "drums,bass", "--bars", "4", "--out", out)
    assert answer.exit_code == 0, answer.output
    report = json.loads((out / "drafts.json").read_text())
    assert [(one["stem"], one["accepted"]) for one in report["drafts"]] == [("drums", True), ("bass", True)]
    assert sorted(path.name for path in out.iterdir()) == ["bass.flac", "drafts.json", "drums.flac"]
    refused = lacquer("generate", "stems", tmp_path / "song.jams", "--bars", "4000", "--out", out)
    assert refused.exit_code == 1
    assert "ask for fewer bars" in refused.output


def test_a_half_diminished_chord_is_told_from_the_triad_within_it(tmp_path: Path) -> None:
    edges = [0.0, 2.0, 4.0, 6.0, 8.0]
    names = ("Gb:hdim7", "B:7", "E:min7", "D:sus4")
    chords = tuple(Span(a, b, name) for a, b, name in zip(edges, edges[1:], names, strict=False))
    plan = Plan(0.0, 8.0, tuple(0.5 * n for n in range(16)), 4, chords, "E:minor", 440.0)
    draft = draft_stem(plan, "piano", RuleBackend(), tmp_path / "right", attempts=1)
    assert draft.attempts[0].scores["chord"] >= 0.95
    triad = tuple(dataclasses.replace(one, label="A:min" if one.label == "Gb:hdim7" else one.label) for one in chords)
    planted = Changed(lambda plan: dataclasses.replace(plan, chords=triad))
    wrong = draft_stem(plan, "piano", planted, tmp_path / "wrong", attempts=1)
    assert wrong.attempts[0].scores["chord"] <= 0.8
    assert not wrong.is_accepted
