"""Stem models with weights: what is missing is said, what they return is cut and levelled, and nothing is believed."""

import dataclasses
import subprocess
from pathlib import Path

import numpy as np
import pytest

from audio.generation.drafts import draft_stem
from audio.generation.plan import Plan, Span
from audio.generation.studio.backends import StudioBackend, levelled
from audio.generation.studio.models import NotAtHandError, folder_of, interpreter_of, version_of
from audio.generation.studio.process import ProcessError
from audio.generation.studio.prompt import prompt_of
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.requests import Wish, ask
from resources.generation.working import work
from tests.generation_builders import add_song
from tests.needs import need, need_packages

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny models are not worth a second thread, and what one thread sums is the same each time."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def two_bars() -> Plan:
    beats = tuple(0.3 * number for number in range(8))
    chords = (Span(0.0, 1.2, "A:min"), Span(1.2, 1.5, "A:min"), Span(1.5, 2.4, "F:maj"))
    return Plan(0.0, 2.4, beats, 4, chords, "A:minor", 440.0)


def test_the_prompt_says_tempo_key_and_chords_and_drums_need_none() -> None:
    bass = prompt_of(two_bars(), "bass")
    assert bass["prompt"] == (
        "solo bass guitar line, 200 BPM, 4/4, A minor, chords A:min F:maj, no other instruments, loop"
    )
    assert (round(bass["bpm"]), bass["beats_per_bar"]) == (200, 4)
    assert "chords" not in prompt_of(two_bars(), "drums")["prompt"]


def test_a_sound_is_cut_to_the_loop_and_levelled_below_its_peak() -> None:
    tone = np.sin(np.arange(5000) / 9).astype(np.float32) * 3
    short = levelled(tone, 4000)
    assert short.size == 4000
    assert 20 * np.log10(np.sqrt(np.mean(short**2))) == pytest.approx(-20, abs=0.01)
    click = np.zeros(4000, np.float32)
    click[7] = 0.5
    assert np.abs(levelled(click, 6000)).max() == pytest.approx(10 ** (-1 / 20), rel=1e-5)
    assert levelled(np.zeros(10, np.float32), 4).tolist() == [0, 0, 0, 0]
    with pytest.raises(ProcessError, match="no numbers"):
        levelled(np.array([np.nan], np.float32), 1)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotAtHandError, match="skipped: no weights for musicgen; LACQUER_GENERATION_MODELS names"):
        folder_of(None, "musicgen")
    folder = tmp_path / "stable-audio"
    folder.mkdir()
    (folder / "model_config.json").write_text("{}")
    with pytest.raises(NotAtHandError, match=r"lacks model\.safetensors"):
        folder_of(tmp_path, "stable-audio")
    (folder / "model.safetensors").write_bytes(b"weights")
    first = version_of(folder_of(tmp_path, "stable-audio"))
    (folder / "model_config.json").write_text('{"steps": 2}')
    assert version_of(folder) != first


@pytest.mark.heavy
def test_a_request_without_weights_fails_and_says_that_it_was_skipped(lake: Lake) -> None:
    need_packages("jams", "mir_eval", target="audio")
    add_song(lake, "T1", "R1", 7_100)
    wish = Wish("stem", "T1", ("drums",), backend="musicgen", parameters={"bars": 4})
    request = ask(lake, wish, "ana")
    assert work(lake, Generation()).failed == [request.id]
    why = lake.connect(lake.published()).execute("select why from gold.generation_requests").fetchall()[0][0]
    assert why.startswith("skipped: no weights for musicgen")


def model_of(name: str, program: str, folder: Path) -> Path:
    """A folder with a tiny model of random weights; without `make studio` there is nothing to try."""
    try:
        python = interpreter_of(name)
    except NotAtHandError as error:
        need(None, str(error))
        raise
    command = [python, str(CHECKOUT / "tests" / program), str(folder / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_of("musicgen", "musicgen_model.py", tmp_path_factory.mktemp("models"))


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_tiny_musicgen_follows_its_prompt_and_its_noise_is_rejected(models: Path, tmp_path: Path) -> None:
    need_packages("jams", "mir_eval", target="audio")
    backend = StudioBackend.found("musicgen", models, may_use_cpu=True)
    drums = backend.generate(two_bars(), "drums", 1)
    assert (backend.rate, drums.size) == (8000, round(2.4 * 8000))
    assert not np.array_equal(drums, backend.generate(two_bars(), "piano", 1))
    draft = draft_stem(two_bars(), "piano", backend, tmp_path, attempts=1)
    assert not draft.is_accepted
    assert draft.attempts[0].reasons


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_tiny_stable_audio_follows_the_tempo(tmp_path: Path) -> None:
    models = model_of("stable-audio", "stable_audio_model.py", tmp_path)
    backend = StudioBackend.found("stable-audio", models, may_use_cpu=True)
    fast = backend.generate(two_bars(), "bass", 1)
    assert (backend.rate, fast.size) == (8000, round(2.4 * 8000))
    half = dataclasses.replace(two_bars(), beats_s=(0.0, 0.6, 1.2, 1.8))
    assert not np.array_equal(fast, backend.generate(half, "bass", 1))


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_a_process_that_cannot_or_takes_too_long_ends_with_a_reason(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(ProcessError, match="skipped: no GPU is found; LACQUER_GENERATION_CPU=true"):
        StudioBackend.found("musicgen", models, may_use_cpu=False).generate(two_bars(), "bass", 1)
    slow = StudioBackend("musicgen", models / "musicgen", True, longest_s=0.01)
    with pytest.raises(ProcessError, match=r"no draft within 0\.01 s"):
        slow.generate(two_bars(), "bass", 1)
    long = Plan(0.0, 31.0, (0.0, 1.0), 2, (), None, 440.0)
    with pytest.raises(ProcessError, match="MusicGen makes at most 30; ask for fewer bars"):
        StudioBackend.found("musicgen", models, may_use_cpu=True).generate(long, "drums", 1)
