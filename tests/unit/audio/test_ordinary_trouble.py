"""Files as people have them: silence in front, channels that join later, odd headers, tempi between frames."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.decode import Decoder
from audio.features import FRAMES_PER_S
from audio.files import is_audio
from audio.headers import stated_seconds
from audio.levels import Meter
from audio.stream import MonoMixer
from audio.tempo import main_tempo
from tests.unit.audio.conftest import RATE, tone

LOW = 1_000  # samples a second, so that a minute is short


def mixed(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    mixer, both = MonoMixer(LOW), np.stack([left, right]).astype(np.float32)
    blocks = [both[:, at : at + 500] for at in range(0, both.shape[1], 500)]
    return np.concatenate([one for block in blocks for one in mixer.push(block)] + list(mixer.flush()))


def test_silence_in_front_decides_nothing() -> None:
    sound = np.concatenate([np.zeros(25 * LOW), tone(40, 30.0, rate=LOW)])
    np.testing.assert_allclose(mixed(sound, sound), sound, atol=1e-6)


def test_a_channel_that_begins_later_is_as_loud_as_the_one_before() -> None:
    left = np.concatenate([tone(40, 25.0, rate=LOW), np.zeros(40 * LOW)])
    right = np.concatenate([np.zeros(25 * LOW), tone(70, 40.0, rate=LOW)])
    np.testing.assert_allclose(mixed(left, right), left + right, atol=1e-6)


def test_a_channel_that_turns_round_is_turned_with_it() -> None:
    sound = tone(40, 60.0, rate=LOW)
    other = np.concatenate([-sound[: 20 * LOW], sound[20 * LOW :]])
    np.testing.assert_allclose(np.abs(mixed(sound, other)), np.abs(sound), atol=1e-6)  # either way round


def test_eight_channels_are_as_loud_as_the_two_that_sound() -> None:
    sound = np.stack([tone(1000, 3.0), tone(1000, 3.0)]).astype(np.float32)
    two, eight = Meter(RATE, 2), Meter(RATE, 8)
    two.push(sound)
    eight.push(np.concatenate([sound, np.zeros((6, sound.shape[1]), np.float32)]))
    assert eight.loudness().integrated_lufs == pytest.approx(two.loudness().integrated_lufs, abs=0.05)


@pytest.mark.parametrize("size", [0x7FFFFFFF, 0x7FFFFFFF - 36, 0x80000000, 0xFFFFFFFF])
def test_a_wav_of_a_pipe_states_no_length(written: Callable[..., Path], size: int) -> None:
    path = written(tone(440, 2.0))
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", size)
    path.write_bytes(bytes(content))
    decoder = Decoder(path)
    assert sum(block.shape[1] for block in decoder) == 2 * RATE
    assert stated_seconds(path) is None
    assert not decoder.told.is_partial


@pytest.mark.parametrize("channels", [1, 2])
def test_whole_numbers_of_24_bits_in_32_are_no_floats(tmp_path: Path, channels: int) -> None:
    sound = np.stack([tone(440, 1.0), tone(220, 1.0)])[:channels]
    body = ((sound.T * 2**23).astype("<i4") * 256).tobytes()
    fields = struct.pack("<HHIIHH", 0xFFFE, channels, RATE, RATE * 4 * channels, 4 * channels, 32)
    fields += struct.pack("<HHI", 22, 24, 0) + bytes.fromhex("0100000000001000800000aa00389b71")
    chunks = b"WAVEfmt " + struct.pack("<I", len(fields)) + fields + b"data" + struct.pack("<I", len(body)) + body
    path = tmp_path / "recorder.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)

    decoder = Decoder(path)
    np.testing.assert_allclose(np.concatenate(list(decoder), axis=1), sound, atol=1e-6)
    assert decoder.told.expected_s == 1.0


@pytest.mark.parametrize("bpm", [97.5, 123.0, 130.3, 174.0])
def test_a_tempo_between_frames_is_told_to_a_twentieth(bpm: float) -> None:
    beats_s = np.arange(90) * 60 / bpm + 0.4
    beats_s = np.delete(beats_s, [20, 41, 42])  # missed
    assert main_tempo(np.round(beats_s * FRAMES_PER_S) / FRAMES_PER_S) == pytest.approx(bpm, abs=0.05)


def test_a_tempo_that_grows_is_told_by_its_middle() -> None:
    intervals = 60 / np.linspace(100, 120, 120)
    assert main_tempo(np.cumsum(intervals)) == pytest.approx(110, abs=1.5)


def test_of_a_folder_all_audio_is_taken_and_no_companion_of_a_mac() -> None:
    names = ["a.oga", "b.m4b", "c.wv", "e.mp4", "f.mp2", "g.mka", "h.FLAC", "._h.flac", "cover.jpg"]
    assert [is_audio(Path("album") / name) for name in names] == [True] * 7 + [False, False]
