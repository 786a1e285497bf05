"""What music feels like in words, from tempo, key and loudness, so that people can look for a mood.

The thresholds are those of common practice: below 85 beats a minute is slow, from 125 on fast; broadcasters' -23 LUFS
is quiet for music, -10 is loud; a loudness range above 12 LU is that of film and classical music.
"""

from collections.abc import Sequence

SLOW_BELOW, FAST_FROM = 85.0, 125.0  # beats per minute
QUIET_BELOW, LOUD_FROM = -18.0, -10.0  # LUFS
WIDE_FROM = 12.0  # LU
# What music is like -> the words by which people look for it, occasions included.
WORDS = {
    "slow": "slow calm relaxing relaxed peaceful sleep sleeping evening evenings night nights ballad",
    "fast": "fast energetic upbeat driving party dance dancing workout running sport",
    "minor": "melancholic melancholy sad dark moody rainy rain autumn lonely",
    "major": "happy bright cheerful sunny sun summer positive",
    "quiet": "quiet soft gentle intimate background study studying reading dinner",
    "loud": "loud powerful intense heavy aggressive",
    "wide": "dramatic dynamic cinematic epic",
}


def shared_moods(tracks: Sequence[tuple[str, ...]]) -> list[str]:
    """What a release is like: what at least half of its tracks are like.

    >>> shared_moods([("slow", "minor"), ("slow", "quiet"), ("fast",)])
    ['slow']
    """
    return [name for name in WORDS if tracks and sum(name in one for one in tracks) * 2 >= len(tracks)]


def moods(
    bpm: float | None = None,
    musical_key: str | None = None,
    loudness_lufs: float | None = None,
    loudness_range_lu: float | None = None,
) -> tuple[str, ...]:
    """What a track is like; nothing where a value is missing or lies in the middle.

    Args:
        bpm: beats per minute.
        musical_key: key and mode, as Eb:minor.
        loudness_lufs: integrated loudness.
        loudness_range_lu: loudness range.

    >>> moods(72.0, "A:minor", -21.0)
    ('slow', 'minor', 'quiet')
    >>> moods(100.0)
    ()
    """
    mode = (musical_key or "").partition(":")[2]
    listed = [
        ("slow", bpm is not None and 0 < bpm < SLOW_BELOW),
        ("fast", bpm is not None and bpm >= FAST_FROM),
        ("minor", mode == "minor"),
        ("major", mode == "major"),
        ("quiet", loudness_lufs is not None and loudness_lufs < QUIET_BELOW),
        ("loud", loudness_lufs is not None and loudness_lufs >= LOUD_FROM),
        ("wide", loudness_range_lu is not None and loudness_range_lu >= WIDE_FROM),
    ]
    return tuple(name for name, holds in listed if holds)
