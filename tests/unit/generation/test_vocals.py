"""Vocals of a voice bank: a tiny one sings the plan's line and is accepted; one off the pitch is rejected."""

from pathlib import Path

import numpy as np
import pytest

from audio.generation.drafts import draft_stem
from audio.generation.parts import notes_of
from audio.generation.plan import Plan, Span
from audio.generation.studio.process import ProcessError
from audio.generation.studio.vocals import VocalsBackend, sung
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.requests import RequestError, Wish, ask
from resources.generation.working import work
from tests.generation_builders import add_song
from tests.needs import need_packages
from tests.voice_bank import RATE, write_voice_bank

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def packages() -> None:
    need_packages("jams", "mir_eval", target="audio")
    need_packages("onnx", "onnxruntime", target="models")


def four_bars() -> Plan:
    beats = tuple(0.5 * number for number in range(16))
    chords = tuple(Span(2.0 * at, 2.0 * at + 2, name) for at, name in enumerate(("C:maj", "A:min", "F:maj", "G:maj")))
    return Plan(0.0, 8.0, beats, 4, chords, "C:major", 440.0)


def bank(folder: Path, **options: object) -> VocalsBackend:
    write_voice_bank(folder / "vocals", **options)  # type: ignore[arg-type]
    return VocalsBackend.found(folder, may_use_cpu=True)


def pitches_of(samples: np.ndarray, rate: int, spans: list[tuple[float, float]]) -> list[float]:
    """The loudest frequency within each span, by the discrete Fourier transform."""
    found = []
    for start, end in spans:
        part = samples[round(start * rate) : round(end * rate)]
        bins = np.abs(np.fft.rfft(part * np.hanning(part.size), 1 << 17))
        found.append(float(np.argmax(bins)) * rate / (1 << 17))
    return found


def test_the_line_of_the_plan_is_sung_at_its_pitches_and_accepted(tmp_path: Path) -> None:
    backend = bank(tmp_path)
    samples = backend.generate(four_bars(), "vocals", 3)
    assert (backend.rate, samples.size) == (RATE, 8 * RATE)
    notes = sung(notes_of(four_bars(), "synth", 3))
    wanted = [440.0 * 2 ** ((int(one.pitch) - 69) / 12) for one in notes]
    heard = pitches_of(samples, RATE, [(one.start_s, one.end_s) for one in notes])
    assert heard == pytest.approx(wanted, rel=0.01)
    assert not np.array_equal(samples, backend.generate(four_bars(), "vocals", 4))
    draft = draft_stem(four_bars(), "vocals", backend, tmp_path / "drafts", seed=3, attempts=1)
    assert draft.attempts[0].reasons == ()
    assert draft.attempts[0].scores["in_key"] >= 0.95


def test_a_voice_off_the_pitch_is_rejected(tmp_path: Path) -> None:
    draft = draft_stem(four_bars(), "vocals", bank(tmp_path, detune=2 ** (0.5 / 12)), tmp_path / "d", attempts=2)
    assert not draft.is_accepted
    assert all(any(reason.startswith("tuning") for reason in one.reasons) for one in draft.attempts)


def test_what_a_voice_bank_wants_and_nobody_predicts_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="wants breathiness, which needs a predictor"):
        bank(tmp_path, extra_input="breathiness").generate(four_bars(), "vocals", 0)
    (tmp_path / "vocals" / "phonemes.txt").write_text("SP\nk\n")
    with pytest.raises(ProcessError, match="none of the vowels"):
        VocalsBackend.found(tmp_path, may_use_cpu=True).generate(four_bars(), "vocals", 0)
    with pytest.raises(ProcessError, match="skipped: no GPU is found"):
        VocalsBackend.found(tmp_path, may_use_cpu=False).generate(four_bars(), "vocals", 0)


def test_a_request_for_vocals_is_a_draft_and_without_a_voice_bank_skipped(lake: Lake, tmp_path: Path) -> None:
    add_song(lake, "T1", "R1", 7_100)
    wish = Wish("stem", "T1", ("vocals",), backend="vocals", parameters={"bars": 4})
    first = ask(lake, wish, "ana")
    assert work(lake, Generation()).failed == [first.id]
    bank(tmp_path)
    second = ask(lake, wish, "ana")
    assert work(lake, Generation(stem_models=tmp_path, may_use_cpu=True)).completed == [second.id]
    con = lake.connect(lake.published())
    whys = con.execute("select why from gold.generation_requests where state = 'failed'").fetchall()
    assert whys[0][0].startswith("skipped: no weights for vocals")
    assert con.execute("select name, backend from gold.generated_assets").fetchall() == [("vocals", "vocals")]
    for names, backend in ((("vocals", "bass"), "vocals"), (("vocals",), "rules"), (("bass",), "vocals")):
        with pytest.raises(RequestError, match="vocals are made alone"):
            ask(lake, Wish("stem", "T1", names, backend=backend), "ana")
