"""A page per song: waveform, beats, chords and sections on one time line, playable, in one file without a network."""

import base64
import json
from pathlib import Path

from audio.analysis import Analysis
from audio.files import readable
from audio.levels import OUTLINE_PER_S

PAGE = Path(__file__).with_name("page.html")
PLAYABLE = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".flac": "audio/flac"}
PLAYABLE |= {".wav": "audio/wav"}
LARGEST_BYTES = 30 * 2**20  # the sound goes into the page as it is; a page has to open


def write_page(analysis: Analysis, sound: Path, path: Path) -> None:
    """Write the page; the sound is in it where browsers play its format and it is not over 30 MiB."""
    told = {
        "name": readable(sound.name),
        "duration": analysis.duration_s,
        "outline": [round(float(peak), 3) for peak in analysis.outline],
        "outlinePerS": OUTLINE_PER_S,
        "beats": [[round(beat.time_s, 3), beat.position] for beat in analysis.beats],
        "chords": [[round(one.start_s, 3), round(one.end_s, 3), one.label] for one in analysis.chords],
        "sections": [[round(one.start_s, 3), round(one.end_s, 3), one.label] for one in analysis.sections],
        "facts": _facts(analysis),
        "silent": (silent := _why_silent(sound)),
    }
    source = ""
    if silent is None:
        kind = PLAYABLE[sound.suffix.lower()]
        source = f"data:{kind};base64,{base64.b64encode(sound.read_bytes()).decode()}"
    # In a script element only "</" could end it early; a name may hold it.
    data = json.dumps(told, ensure_ascii=False).replace("</", "<\\/")
    page = PAGE.read_text(encoding="utf-8").replace("/*DATA*/null", data, 1).replace("SOUND_SOURCE", source, 1)
    part = path.with_name(path.name + ".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)


def _why_silent(sound: Path) -> str | None:
    """Why the sound is not in the page; None where it is."""
    if sound.suffix.lower() not in PLAYABLE:
        return f"The sound is not in this page: browsers do not play {sound.suffix.lower() or 'such files'}."
    if (size := sound.stat().st_size) > LARGEST_BYTES:
        most = LARGEST_BYTES // 2**20
        return f"The sound is not in this page: {size / 2**20:.0f} MiB are more than the {most} that a page takes."
    return None


def _facts(analysis: Analysis) -> list[tuple[str, str]]:
    """What stands above the time line, as names and texts."""
    sure = analysis.confidence

    def share(aspect: str) -> str:
        return f" ({min(sure[aspect], 0.99):.0%} sure)" if aspect in sure else ""  # nothing is certain

    unknown = "cannot be told"
    tempi = analysis.tempi
    loudness = analysis.loudness.integrated_lufs
    return [
        ("tempo", f"{tempi[0][0]:.1f} BPM, else {tempi[1][0]:.1f}{share('tempo')}" if tempi else unknown),
        ("bar", f"{analysis.beats_per_bar} beats{share('downbeats')}" if analysis.beats_per_bar else unknown),
        ("key", f"{analysis.key.replace(':', ' ')}{share('key')}" if analysis.key else unknown),
        ("A", f"{analysis.tuning_hz:.1f} Hz" if analysis.tuning_hz else unknown),
        ("loudness", f"{loudness:.1f} LUFS" if loudness is not None else unknown),
        ("file", "partly decoded" if analysis.is_partial else "whole"),
    ]
