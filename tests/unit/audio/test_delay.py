"""A click stays where it was made: second 0 of what is decoded is second 0 of what was encoded, to the sample.

Each file is made by ffmpeg from a WAV with three clicks whose sample numbers are known. Encoders put 576 to 2,112
samples before the music; LAME's tag, an edit list and iTunes' tag say how many, and the files here lack them in turn.
"""

import struct
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audio.decode import Decoder
from audio.delay import itunes_samples
from tests.needs import need_program

SECONDS, CLICKS_S = 5.0, (0.5, 2.0, 4.0)
NO_TAG = ("-write_xing", "0")
FILES: dict[str, tuple[str, ...]] = {
    "tagged.mp3": ("-b:a", "128k"),
    "no tag.mp3": ("-b:a", "128k", *NO_TAG),
    "no tag and no ID3.mp3": ("-b:a", "128k", *NO_TAG, "-id3v2_version", "0"),
    "variable, no tag.mp3": ("-q:a", "4", *NO_TAG),
    "raw.aac": ("-c:a", "aac"),
    "edit list.m4a": ("-c:a", "aac"),
    "no edit list.m4a": ("-c:a", "aac", "-use_editlist", "0"),
    "in fragments.m4a": ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    "matroska.mka": ("-c:a", "aac"),
    "vorbis.ogg": ("-c:a", "libvorbis"),
    "flac.flac": (),
}


@pytest.fixture(scope="module", autouse=True)
def ffmpeg() -> None:
    need_program("ffmpeg")


def clicking(rate: int) -> np.ndarray:
    """Silence with a short click at each of the seconds."""
    sound = np.zeros(int(SECONDS * rate))
    shape = 0.8 * np.exp(-np.arange(60) / 12) * np.cos(0.9 * np.arange(60))
    for second in CLICKS_S:
        sound[int(second * rate) :][:60] = shape
    return sound


def encoded(folder: Path, rate: int, name: str, arguments: tuple[str, ...]) -> Path:
    source, made = folder / f"{rate}.wav", folder / f"{rate} {name}"
    with wave.open(str(source), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(rate)
        opened.writeframes((clicking(rate) * 32767).astype("<i2").tobytes())
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), *arguments, str(made)]
    subprocess.run(command, check=True)
    return made


def lag(path: Path, rate: int) -> tuple[int, Decoder]:
    """Samples by which the decoded clicks come late, and what the decoder tells."""
    from scipy.signal import correlate

    decoder = Decoder(path)
    heard, made = np.concatenate(list(decoder), axis=1)[0], clicking(rate)
    size = min(heard.size, made.size)
    return int(np.argmax(correlate(heard[:size], made[:size], method="fft"))) - size + 1, decoder


@pytest.mark.parametrize(
    ("name", "rate"), [*((name, 44_100) for name in FILES), ("no tag.mp3", 22_050), ("no tag.mp3", 48_000)]
)
def test_a_click_stays_where_it_was_made(tmp_path: Path, name: str, rate: int) -> None:
    late, decoder = lag(encoded(tmp_path, rate, name, FILES[name]), rate)
    assert late == 0
    assert SECONDS <= decoder.told.decoded_s < SECONDS + 0.08, "what is stated nowhere is the padding at the end"
    assert decoder.told.expected_s == pytest.approx(SECONDS, abs=0.08)
    assert not decoder.told.is_partial


@pytest.mark.parametrize("name", ["edit list.m4a", "no edit list.m4a"])
def test_itunes_tag_says_where_music_begins_and_ends(tmp_path: Path, name: str) -> None:
    """Its numbers: 1,024 samples before the music, so many after it, and 220,500 of music."""
    path = encoded(tmp_path, 44_100, name, FILES[name])
    path.write_bytes(
        with_itunes_tag(path.read_bytes(), " 00000000 00000400 000002A4 0000000000035D54 00000000 00000000")
    )
    late, decoder = lag(path, 44_100)
    assert late == 0
    assert decoder.told.decoded_s == SECONDS
    assert decoder.told.expected_s == SECONDS


def test_a_tag_that_is_cut_or_no_number_says_nothing() -> None:
    assert itunes_samples({"iTunSMPB": " 00000000 00000400"}) is None
    assert itunes_samples({"iTunSMPB": "a b c d"}) == 0xD
    assert itunes_samples({"iTunSMPB": "a b c what"}) is None
    assert itunes_samples({}) is None


def test_raw_aac_that_is_whole_is_not_taken_for_partial(tmp_path: Path) -> None:
    """Its length stands nowhere, and a guess from the rate of its quiet beginning is 40% off."""
    _, decoder = lag(encoded(tmp_path, 44_100, "raw.aac", FILES["raw.aac"]), 44_100)
    assert decoder.told.expected_s == pytest.approx(decoder.told.decoded_s, abs=1e-6)


def _atoms(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while start + 8 <= end:
        size, kind = struct.unpack(">I4s", data[start : start + 8])
        yield kind, start, start + size
        start += size


def with_itunes_tag(data: bytes, value: str) -> bytes:
    """The MP4 with iTunes' tag at the end of its list of tags; the movie atom has to come last."""
    start, end, around = 0, len(data), []
    for name in (b"moov", b"udta", b"meta", b"ilst"):
        found, end = next((first, past) for kind, first, past in _atoms(data, start, end) if kind == name)
        around.append(found)
        start = found + 8 + (4 if name == b"meta" else 0)
    parts = [(b"mean", bytes(4) + b"com.apple.iTunes"), (b"name", bytes(4) + b"iTunSMPB")]
    parts.append((b"data", struct.pack(">II", 1, 0) + value.encode()))
    body = b"".join(struct.pack(">I4s", len(content) + 8, kind) + content for kind, content in parts)
    tag = struct.pack(">I4s", len(body) + 8, b"----") + body
    made = bytearray(data[:end] + tag + data[end:])
    for found in around:
        made[found : found + 4] = struct.pack(">I", struct.unpack(">I", made[found : found + 4])[0] + len(tag))
    return bytes(made)
