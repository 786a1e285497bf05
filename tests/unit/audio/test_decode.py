"""Decoding: one time base, full scale 1, and the truth about what was lost."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.decode import Decoded, Decoder, NotDecodableError
from audio.stream import mixing_weights
from tests.unit.audio.conftest import RATE, tone


def decoded(path: Path) -> tuple[Decoded, np.ndarray]:
    decoder = Decoder(path)
    blocks = list(decoder)
    return decoder.told, np.concatenate(blocks, axis=1)


def test_a_wav_comes_out_as_it_went_in(written: Callable[..., Path]) -> None:
    sound = np.stack([tone(440, 1.5), tone(220, 1.5, 0.1)])
    told, samples = decoded(written(sound))
    assert (told.rate, told.channels, told.decoded_s, told.expected_s) == (RATE, 2, 1.5, 1.5)
    assert not told.is_partial
    np.testing.assert_allclose(samples, sound, atol=2 / 32768)


def test_a_file_cut_short_says_how_much_was_promised(written: Callable[..., Path]) -> None:
    path = written(tone(440, 10.0))
    path.write_bytes(path.read_bytes()[: 44 + RATE * 2 * 4])
    told, samples = decoded(path)
    assert told.decoded_s == pytest.approx(4.0, abs=0.05)
    assert told.expected_s == pytest.approx(10.0, abs=0.01)
    assert told.is_partial
    assert samples.shape[1] == round(told.decoded_s * RATE)


@pytest.mark.parametrize("content", [b"", b"no music here\n" * 600, b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_what_is_no_audio_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    with pytest.raises(NotDecodableError, match="not decodable"):
        decoded(path)


def test_an_mp3_has_its_length_from_its_tag_and_its_damage_counted(lacquer_data: Path, tmp_path: Path) -> None:
    whole = lacquer_data / "audio" / "rendered" / "pop_rock_120_C.mp3"
    told, _ = decoded(whole)
    assert told.decoded_s == pytest.approx(106.815, abs=0.001)
    assert told.expected_s == pytest.approx(told.decoded_s, abs=0.001)
    assert not told.is_partial
    told, _ = decoded(lacquer_data / "audio" / "bad" / "flipped.mp3")
    assert told.is_partial
    assert told.decoded_s > 30  # reads on behind the damage, where others stop after 5 s
    assert told.damaged_packets > 0


def test_a_variable_rate_mp3_without_a_tag_is_not_called_damaged(lacquer_data: Path) -> None:
    told, _ = decoded(lacquer_data / "audio" / "bad" / "headless.mp3")
    assert not told.is_partial
    assert told.expected_s == pytest.approx(told.decoded_s, abs=0.05)


def test_opposed_and_silent_channels_do_not_swallow_the_sound() -> None:
    left = tone(440, 0.5).astype(np.float32)
    np.testing.assert_allclose(mixing_weights(np.stack([left, -left])) @ np.stack([left, -left]), left, atol=1e-6)
    silent = np.stack([np.zeros_like(left), left])
    np.testing.assert_allclose(mixing_weights(silent) @ silent, left, atol=1e-6)
