"""Original, stem and mix: the same grid, the same level, and a page that needs no other file."""

import base64
import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from audio.decode import Decoder
from audio.generation.audition import CannotAuditionError, audition
from audio.generation.drafts import write_flac
from audio.generation.plan import Plan, Span
from tests.needs import need_packages

pytestmark = pytest.mark.heavy

RATE = 8000
PLAN = Plan(0.5, 1.0, (0.0, 0.25, 0.5, 0.75), 4, (Span(0.0, 1.0, "C:maj"),), "C:major", 440.0)


@pytest.fixture(autouse=True, scope="module")
def decoder() -> None:
    need_packages("av", target="audio")


def read(path: Path) -> np.ndarray:
    return np.concatenate(list(Decoder(path)), axis=1)[0]


def level(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2))))


def sounds(folder: Path, stem_rate: int = RATE) -> tuple[Path, Path]:
    """A loud song of 2 s whose loop begins with a click, and a quiet stem that begins with one."""
    folder.mkdir(parents=True, exist_ok=True)
    song = 0.5 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE)
    song[RATE // 2] = 0.99
    stem = 0.01 * np.sin(2 * np.pi * 110 * np.arange(stem_rate) / stem_rate)
    stem[0] = 0.05
    write_flac(song, RATE, folder / "song.flac")
    write_flac(stem, stem_rate, folder / "bass.flac")
    return folder / "song.flac", folder / "bass.flac"


@pytest.mark.parametrize("stem_rate", [RATE, 12_000])
def test_all_three_have_the_length_of_the_loop_and_one_level(tmp_path: Path, stem_rate: int) -> None:
    song, stem = sounds(tmp_path, stem_rate)
    done = audition(song, stem, PLAN, tmp_path / "out")
    parts = {name: read(path) for name, path in done.paths.items()}
    assert {one.size for one in parts.values()} == {RATE}
    for one in parts.values():
        assert level(one) == pytest.approx(done.rms_dbfs, abs=0.01)
        assert np.abs(one).max() <= 10 ** (-1 / 20) + 1e-6
    both = parts["original"].astype(float) + parts["stem"]
    assert np.corrcoef(both, parts["mix"])[0, 1] == pytest.approx(1)
    # The click of the song is the loop's first sample: the grids are the same.
    assert int(np.argmax(np.abs(parts["original"]))) == 0


def test_a_song_that_ends_early_and_a_silent_stem_are_refused(tmp_path: Path) -> None:
    song, stem = sounds(tmp_path)
    late = dataclasses.replace(PLAN, source_start_s=1.5)
    with pytest.raises(CannotAuditionError, match=r"song\.flac has 2\.0 s; the loop ends at 2\.5 s"):
        audition(song, stem, late, tmp_path / "out")
    write_flac(np.zeros(RATE), RATE, stem)
    with pytest.raises(CannotAuditionError, match=r"bass\.flac is silent"):
        audition(song, stem, PLAN, tmp_path / "out")


def test_the_page_holds_all_three_sounds(lacquer: Callable[..., Result], tmp_path: Path) -> None:
    need_packages("av", "jams", "mir_eval", target="audio")
    song, _ = sounds(tmp_path)
    document = {"plan": dataclasses.asdict(PLAN), "drafts": [{"stem": "bass", "accepted": True}]}
    (tmp_path / "drafts.json").write_text(json.dumps(document))
    out = tmp_path / "out"
    done = lacquer("generate", "audition", song, tmp_path, "--stem", "bass", "--out", out)
    assert done.exit_code == 0, done.output
    page = (out / "audition.html").read_text()
    held = [base64.b64decode(one) for one in re.findall(r'src="data:audio/flac;base64,([^"]+)"', page)]
    assert held == [(out / f"{name}.flac").read_bytes() for name in ("original", "stem", "mix")]
    wrong = lacquer("generate", "audition", song, tmp_path, "--stem", "piano", "--out", out)
    assert (wrong.exit_code, "has bass" in wrong.output) == (1, True)
