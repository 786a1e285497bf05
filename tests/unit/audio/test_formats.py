"""Whatever a song is wrapped in, it is the same song: every format, odd channels, covers, names; and every bad file."""

import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.analysis import analyse
from audio.decode import Decoder, NotDecodableError
from audio.guard import NotAnalysedError
from serving.commands.analyze import named
from tests.needs import need_program
from tests.unit.audio.conftest import RATE, clicks, tone

SECONDS = 12.0


@pytest.fixture(scope="module")
def ffmpeg() -> Callable[..., Path]:
    """Run ffmpeg on files, the last argument being the one that it makes."""
    need_program("ffmpeg")

    def run(*arguments: object) -> Path:
        subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)
        return Path(str(arguments[-1]))

    return run


def song() -> np.ndarray:
    """A minor, D minor, E major, A minor at 120 BPM, with a click on each beat and a pause of 0.15 s before all."""
    roots = [(220.0, 3), (146.83, 3), (164.81, 4), (220.0, 3)]
    fade = np.exp(-np.arange(2 * RATE) / RATE)
    bars = [
        np.sum([tone(hz * 2 ** (step / 12) * part, 2.0, 0.06 / part) for step in (0, third, 7) for part in (1, 2)], 0)
        for hz, third in roots
    ]
    harmony = np.concatenate([bar * fade for bar in bars * 2])
    sound = 0.4 * clicks(120, 16.0) + harmony
    return np.concatenate([np.zeros(int(0.15 * RATE)), sound])[: int(SECONDS * RATE)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import wave

    path = tmp_path_factory.mktemp("formats") / "song.wav"
    with wave.open(str(path), "wb") as opened:
        opened.setnchannels(2)
        opened.setsampwidth(2)
        opened.setframerate(RATE)
        opened.writeframes((np.repeat(song()[:, None], 2, axis=1) * 32767).astype("<i2").tobytes())
    return path


def lag_s(path: Path) -> float:
    """By how much the decoded file runs behind what was encoded."""
    from scipy.signal import correlate, resample_poly

    decoder = Decoder(path)
    heard = np.concatenate(list(decoder), axis=1).mean(axis=0)
    rate = decoder.told.rate
    made = resample_poly(song(), rate, RATE)
    size = min(made.size, heard.size)
    return float((np.argmax(correlate(heard[:size], made[:size], method="fft")) - size + 1) / rate)


FORMATS: dict[str, tuple[str, ...]] = {
    "24 bits at 96 kHz.wav": ("-ar", "96000", "-c:a", "pcm_s24le"),
    "telephone.wav": ("-ar", "8000", "-ac", "1"),
    "float.wav": ("-c:a", "pcm_f32le"),
    "eight bits.wav": ("-c:a", "pcm_u8"),
    "5.1.wav": ("-af", "pan=5.1|c0=c0|c1=c1|c2=c0|c3=0*c0|c4=c0|c5=c1"),
    "24 bits.flac": ("-ar", "96000", "-sample_fmt", "s32"),
    "vorbis.ogg": ("-c:a", "libvorbis"),
    "opus.opus": ("-c:a", "libopus"),
    "aac.m4a": ("-c:a", "aac"),
    "aac at 48 kHz.m4a": ("-c:a", "aac", "-ar", "48000"),
    "lossless.m4a": ("-c:a", "alac"),
    "apple.aiff": (),
    "constant.mp3": ("-b:a", "192k"),
    "variable.mp3": ("-q:a", "3"),
    "low.mp3": ("-ar", "22050", "-ac", "1"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_the_same_song(ffmpeg: Callable[..., Path], source: Path, tmp_path: Path, name: str) -> None:
    """Length and beginning to 2 ms: the encoder's delay and its padding are gone."""
    path = ffmpeg("-i", source, *FORMATS[name], tmp_path / name)
    analysis = analyse(path)
    assert analysis.duration_s == pytest.approx(SECONDS, abs=0.002)
    assert analysis.expected_s == pytest.approx(SECONDS, abs=0.002)
    assert not analysis.is_partial
    assert lag_s(path) == pytest.approx(0, abs=0.002)
    assert analysis.tempi[0][0] == pytest.approx(120, rel=0.02)
    assert analysis.key == "A:minor"


def test_a_variable_mp3_without_its_header_is_whole(ffmpeg: Callable[..., Path], source: Path, tmp_path: Path) -> None:
    """What the encoder put after the music is not stated then: it stays, under 50 ms."""
    path = ffmpeg("-i", source, "-q:a", "3", "-write_xing", "0", tmp_path / "song.mp3")
    analysis = analyse(path)
    assert not analysis.is_partial
    assert SECONDS < analysis.duration_s < SECONDS + 0.05
    assert lag_s(path) == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize("name", ["cover.mp3", "cover.flac", "cover.m4a"])
def test_a_cover_is_no_sound(ffmpeg: Callable[..., Path], source: Path, tmp_path: Path, name: str) -> None:
    picture = ffmpeg("-f", "lavfi", "-i", "color=red:size=600x600", "-frames:v", "1", tmp_path / "cover.png")
    path = ffmpeg(
        *("-i", source, "-i", picture, "-map", "0:a", "-map", "1:v", "-c:v", "mjpeg"),
        *("-disposition:v", "attached_pic", tmp_path / name),
    )
    decoder = Decoder(path)
    assert sum(block.shape[1] for block in decoder) == pytest.approx(SECONDS * RATE, abs=90)
    assert not decoder.told.is_partial


def test_an_mp4_whose_stated_end_is_wrong_is_decoded_to_its_own(
    ffmpeg: Callable[..., Path], source: Path, tmp_path: Path
) -> None:
    """Its movie says 12 s, its track 6 s: an editor's mistake loses no music."""
    path = ffmpeg("-i", source, "-c:a", "alac", tmp_path / "song.m4a")
    content = bytearray(path.read_bytes())
    at = content.index(b"elst") + 12
    assert int.from_bytes(content[at : at + 4], "big") == 12_000
    at = content.index(b"mdhd") + 20
    length = int.from_bytes(content[at : at + 4], "big")
    assert length == SECONDS * RATE
    content[at : at + 4] = (length // 2).to_bytes(4, "big")
    path.write_bytes(content)
    assert sum(block.shape[1] for block in Decoder(path)) == SECONDS * RATE


def test_a_clipped_song_is_the_same_song(written: Callable[..., Path]) -> None:
    analysis = analyse(written(np.clip(12 * song(), -1, 1)))
    assert analysis.tempi[0][0] == pytest.approx(120, rel=0.02)
    assert analysis.key == "A:minor"
    assert analysis.loudness.true_peak_dbtp is not None
    assert analysis.loudness.true_peak_dbtp > 0  # between the samples a clipped wave goes on


def test_five_seconds_are_enough_to_be_analysed(written: Callable[..., Path]) -> None:
    analysis = analyse(written(song()[: 5 * RATE]))
    assert analysis.duration_s == 5.0
    assert analysis.tempi == [] or analysis.tempi[0][0] == pytest.approx(120, rel=0.02)
    assert analysis.chords[-1].end_s == 5.0


def test_names_in_any_script_are_kept_apart(tmp_path: Path) -> None:
    """A composed and a decomposed é are two files here, and one on a Mac."""
    composed, decomposed = unicodedata.normalize("NFC", "Café.wav"), unicodedata.normalize("NFD", "Café.wav")
    assert composed != decomposed
    paths = [Path("a") / composed, Path("b") / decomposed, Path("ЖУК 蟲 🎵.mp3"), Path("жук 蟲 🎵.flac")]
    names = [job.jams.name for job in named(paths, tmp_path)]
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == 4


BAD = {
    "empty_samples.wav": "not decodable: not one sample comes out",
    "flipped.mp3": "partial",
    "headless.mp3": "whole",
    "mono8k.wav": "whole",
    "nan10.wav": "not finite: samples that are no numbers",
    "noise30.wav": "whole",
    "one_sec.wav": "whole",
    "random.mp3": "not decodable: not one sample comes out",
    "silence30.wav": "silent: never over -60 dBFS",
    "tenth_sec.wav": "too short: 0.10 s, under 1 s",
    "text.mp3": "not decodable: no format that FFmpeg reads",
    "trunc.mp3": "partial",
    "zero.mp3": "not decodable: the file is empty",
}


def test_every_bad_file_gets_its_answer(lacquer_data: Path) -> None:
    folder = lacquer_data / "audio" / "bad"
    assert {path.name for path in folder.iterdir()} == set(BAD)
    answers = {}
    for name in BAD:
        try:
            analysis = analyse(folder / name)
        except (NotAnalysedError, NotDecodableError) as refused:
            answers[name] = str(refused)
            continue
        answers[name] = "partial" if analysis.is_partial else "whole"
        if name in ("noise30.wav", "one_sec.wav"):
            assert (analysis.tempi, analysis.beats, analysis.key) == ([], [], None)
            assert {chord.label for chord in analysis.chords} == {"N"}
    assert answers == BAD
