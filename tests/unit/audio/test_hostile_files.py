"""Files that lie about themselves, name other files, or hold no sound: each gets its answer and nothing is invented."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.analysis import analyse
from audio.decode import Decoder, NotDecodableError
from audio.files import on_one_line
from audio.guard import NotAnalysedError
from serving.commands.analyze import named
from tests.unit.audio.conftest import RATE, clicks, tone
from tests.unit.audio.test_formats import ffmpeg  # noqa: F401  the program, or a skip

SECONDS = 6.0


@pytest.fixture
def sound(written: Callable[..., Path]) -> Path:
    return written(0.4 * clicks(120, SECONDS) + tone(220, SECONDS, 0.1), "sound.wav")


def answer(path: Path) -> str:
    """What is said of a file: why it is refused, or whether it is whole."""
    try:
        analysis = analyse(path)
    except (NotAnalysedError, NotDecodableError) as refused:
        return str(refused)
    return "partial" if analysis.is_partial else "whole"


def changed(path: Path, name: str, at: int, code: str, value: int) -> Path:
    """A copy with other bytes at one place."""
    content = bytearray(path.read_bytes())
    struct.pack_into(code, content, at, value)
    made = path.with_name(name)
    made.write_bytes(content)
    return made


def decoded_s(path: Path) -> float:
    decoder = Decoder(path)
    return sum(block.shape[1] for block in decoder) / decoder.told.rate


@pytest.mark.parametrize(
    ("what", "at", "code", "value", "said"),
    [
        ("length of the data is far too long", 40, "<I", 2_000_000_000, "partial"),
        ("length of the data is not known", 40, "<I", 0xFFFF_FFFF, "whole"),
        ("length of the file is wrong", 4, "<I", 7, "whole"),
        ("no samples a second", 24, "<I", 0, "not decodable: no format that FFmpeg reads"),
        ("one sample a second", 24, "<I", 1, "not decodable: 1 samples a second, under 4000"),
        ("too few samples a second", 24, "<I", 2_000, "not decodable: 2000 samples a second, under 4000"),
        ("no channels", 22, "<H", 0, "not decodable: not one sample comes out"),
        ("60,000 channels", 22, "<H", 60_000, "not decodable: not one sample comes out"),
    ],
)
def test_a_wav_that_lies_about_itself(sound: Path, what: str, at: int, code: str, value: int, said: str) -> None:
    assert answer(changed(sound, f"{what}.wav", at, code, value)) == said


def test_a_sample_alone_is_too_short(written: Callable[..., Path]) -> None:
    assert answer(written(np.array([0.5]))) == "too short: 0.00 s, under 1 s"


def test_a_picture_of_twenty_megabytes_before_the_music(
    sound: Path,
    tmp_path: Path,
    ffmpeg: Callable[..., Path],  # noqa: F811
) -> None:
    plain = ffmpeg("-i", sound, "-b:a", "128k", "-id3v2_version", "0", tmp_path / "plain.mp3")
    size = 20_000_000
    frame = b"APIC" + struct.pack(">I", size - 10) + bytes(2) + b"\0image/jpeg\0\3\0" + os.urandom(size - 24)
    spread = bytes((size >> shift) & 127 for shift in (21, 14, 7, 0))
    pictured = tmp_path / "pictured.mp3"
    pictured.write_bytes(b"ID3\3\0\0" + spread + frame + plain.read_bytes())
    assert decoded_s(pictured) == decoded_s(plain) == SECONDS
    assert answer(pictured) == "whole"


def test_flac_says_what_was_damaged_and_cut(
    sound: Path,
    tmp_path: Path,
    ffmpeg: Callable[..., Path],  # noqa: F811
) -> None:
    """Each frame has a checksum: noise in the middle is left out, and a cut last frame is missed."""
    whole = ffmpeg("-i", sound, tmp_path / "whole.flac")
    content = whole.read_bytes()
    middle = len(content) // 2
    flipped, cut = tmp_path / "flipped.flac", tmp_path / "cut.flac"
    flipped.write_bytes(
        content[:middle] + bytes(one ^ 0x5A for one in content[middle : middle + 40]) + content[middle + 40 :]
    )
    cut.write_bytes(content[:-300])
    assert (answer(whole), answer(flipped), answer(cut)) == ("whole", "partial", "partial")


def test_numbers_beyond_any_scale_are_none(written: Callable[..., Path], tmp_path: Path) -> None:
    """As floats: 32,768 times full scale is a file of integers by mistake, 1e30 is no sound."""
    samples = 0.3 * clicks(120, SECONDS) + tone(220, SECONDS, 0.1)

    def floats(scale: float) -> Path:
        data = (samples * scale).astype("<f4").tobytes()
        head = struct.pack("<IHHIIHH", 16, 3, 1, RATE, 4 * RATE, 4, 32)
        made = tmp_path / f"{scale}.wav"
        made.write_bytes(
            b"RIFF"
            + struct.pack("<I", 36 + len(data))
            + b"WAVEfmt "
            + head
            + b"data"
            + struct.pack("<I", len(data))
            + data
        )
        return made

    assert answer(floats(32_768.0)) == "whole"
    assert answer(floats(1e30)) == "not finite: samples that are no numbers"
    assert answer(floats(1e-40)).startswith("silent")


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile sound.wav\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:8,\nsound.wav\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    ],
    ids=["concat", "play list", "session"],
)
def test_a_file_that_names_another_opens_nothing(sound: Path, text: str) -> None:
    naming = sound.with_name("naming.wav")
    naming.write_text(text)
    assert answer(naming) == "not decodable: no format that FFmpeg reads"


def test_a_name_that_ffmpeg_takes_for_an_address_is_a_name(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sound.parent)
    sound.rename("concat:song.wav")
    assert decoded_s(Path("concat:song.wav")) == SECONDS


def test_names_as_long_as_the_file_system_takes_have_room_for_our_endings(tmp_path: Path) -> None:
    paths = [Path("n" * 251 + ".wav"), Path("n" * 250 + "x.mp3"), Path("ä" * 125 + ".flac")]
    jobs = named(paths, tmp_path)
    assert len({job.jams for job in jobs}) == 3
    for job in jobs:
        (tmp_path / f"{job.jams.stem}.stems.html.part").write_text("it fits")


def test_a_name_cannot_break_a_line_or_turn_it_round() -> None:
    assert on_one_line("a\nb\x1b[31m.wav") == r"a\nb\x1b[31m.wav"
    assert on_one_line("a\u202egpj.wav") == r"a\u202egpj.wav"
    assert on_one_line("Größe 蟲 🎵.wav") == "Größe 蟲 🎵.wav"
