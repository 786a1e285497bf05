"""Separation around the model: windows that fade into each other, files that keep the mix's time base and length."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audio.decode import Decoder, NotDecodableError, Samples
from audio.separation.flac import FlacWriter
from audio.separation.stems import separate_file
from audio.separation.windows import in_windows
from tests.unit.audio.conftest import tone


class Quarters:
    """Takes a quarter and three quarters of the mix."""

    model: str = "quarters"
    checksum: str = "0" * 64
    rate: int = 44_100
    channels: int = 2
    stems: tuple[str, ...] = ("less", "more")
    window: int = 44_100

    def separate(self, mix: Samples) -> Samples:
        assert mix.shape == (self.channels, self.window)
        return np.stack([0.25 * mix, 0.75 * mix])


class Places(Quarters):
    """Answers with where in the window each sample stands, whatever it hears."""

    stems: tuple[str, ...] = ("place",)
    window = 8

    def separate(self, mix: Samples) -> Samples:
        return np.broadcast_to(np.arange(8, dtype=np.float32), (1, *mix.shape)).copy()


def sounding(path: Path) -> Samples:
    return np.concatenate(list(Decoder(path)), axis=1)


def test_windows_overlap_by_a_quarter_and_fade_into_one_another() -> None:
    """By hand: windows of 8 begin every 6, weigh 1 2 3 4 4 3 2 1, and 20 samples end with a short one of 2."""
    stretches = list(in_windows(iter([np.zeros((2, 20), dtype=np.float32)]), Places()))
    found = np.concatenate([stems[0, 0] for _, stems in stretches])
    fade = [1, 2, 3, 4, 4, 3, 2, 1]
    sums, weights = np.zeros(26), np.zeros(26)
    for begin, length in ((0, 8), (6, 8), (12, 8), (18, 2)):
        first = (8 - length) // 2  # a short window stands in the middle of what is heard around it
        for at in range(length):
            sums[begin + at] += fade[at] * (first + at)
            weights[begin + at] += fade[at]
    np.testing.assert_allclose(found, (sums[:20] / weights[:20]), rtol=1e-6)
    assert [mix.shape[1] for mix, _ in stretches] == [6, 6, 6, 2]


@pytest.mark.parametrize("sizes", [[1], [3, 4], [8], [9], [7, 1, 12, 1], [100], [5] * 20])
def test_no_split_into_blocks_changes_the_answer(sizes: list[int]) -> None:
    sound = np.random.default_rng(1).normal(size=(2, sum(sizes))).astype(np.float32)

    class Heard(Quarters):
        window = 8

        def separate(self, mix: Samples) -> Samples:
            return np.stack([np.cumsum(mix, axis=1), mix**2])

    blocks = np.split(sound, np.cumsum(sizes)[:-1], axis=1)
    split = list(in_windows(iter(blocks), Heard()))
    whole = list(in_windows(iter([sound]), Heard()))
    np.testing.assert_array_equal(np.concatenate([mix for mix, _ in split], axis=1), sound)
    for one, other in zip(split, whole, strict=True):
        np.testing.assert_allclose(one[1], other[1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 1), (96_000, 2), (8_000, 1), (22_050, 6)])
def test_stems_have_the_time_base_the_rate_and_the_length_of_the_mix(
    tmp_path: Path, written: Callable[..., Path], rate: int, channels: int
) -> None:
    seconds = 3 + 17 / rate
    sound = np.stack([tone(210 * (1 + number), seconds, 0.1, rate) for number in range(channels)])
    sound[:, : rate // 2] = 0  # an edge shows any shift
    path = written(sound, rate=rate)
    separated = separate_file(path, Quarters(), tmp_path / "stems")
    less, more = (sounding(tmp_path / "stems" / f"{name}.flac") for name in ("less", "more"))
    assert less.shape == (min(channels, 2), sound.shape[1])
    told = separated.stems[0]
    assert (told.sample_rate, told.channels, told.bits) == (rate, min(channels, 2), 24)
    assert told.duration_s == sound.shape[1] / rate
    assert told.level_db == pytest.approx(20 * np.log10(0.25), abs=0.01)
    assert separated.residual_db is not None
    assert separated.residual_db < -100
    if channels <= 2:
        error = less + more - sounding(path)
        assert np.mean(error**2) < 10**-4.5 * np.mean(sound**2)
        np.testing.assert_allclose(less, more / 3, atol=1e-4)


def test_an_offset_stands_once_in_the_sum_and_silence_is_left_silent(
    tmp_path: Path, written: Callable[..., Path]
) -> None:
    path = written(np.stack([tone(440, 2.0, 0.2) + 0.3] * 2))
    separate_file(path, Quarters(), tmp_path / "offset")
    whole = sum(sounding(tmp_path / "offset" / f"{name}.flac") for name in ("less", "more"))
    assert np.abs(whole - sounding(path)).max() < 1e-5
    separated = separate_file(written(np.zeros((2, 44_100)), "silent.wav"), Quarters(), tmp_path / "silent")
    assert not sounding(tmp_path / "silent" / "more.flac").any()
    assert separated.residual_db is None


def test_what_is_over_full_scale_is_counted(tmp_path: Path) -> None:
    with FlacWriter(tmp_path / "loud.flac", 44_100, 1) as writer:
        writer.push(np.array([[0.5, 1.0, -1.0, 1.5, -2.0]], dtype=np.float32))
    assert writer.clipped == 2
    np.testing.assert_allclose(sounding(tmp_path / "loud.flac"), [[0.5, 1.0, -1.0, 1.0, -1.0]], atol=2**-22)


def test_a_failure_leaves_no_half_written_stem(tmp_path: Path, written: Callable[..., Path]) -> None:
    class Breaks(Quarters):
        def separate(self, mix: Samples) -> Samples:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        separate_file(written(tone(440, 2.0)), Breaks(), tmp_path / "stems")
    assert not list((tmp_path / "stems").iterdir())
    (tmp_path / "text.mp3").write_text("no music")
    with pytest.raises(NotDecodableError):
        separate_file(tmp_path / "text.mp3", Quarters(), tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_progress_goes_to_one(tmp_path: Path, written: Callable[..., Path]) -> None:
    shares: list[float] = []
    separate_file(written(tone(440, 5.0)), Quarters(), tmp_path / "stems", shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 4


def test_memory_does_not_grow_with_the_length_of_the_song() -> None:
    """An hour of silence streams through; what is allocated meanwhile is windows, not the song's 1.2 GB."""
    import tracemalloc

    class Coarse(Quarters):
        window = 441_000

        def separate(self, mix: Samples) -> Samples:
            return np.zeros((2, *mix.shape), dtype=np.float32)

    minute = np.zeros((2, 60 * 44_100), dtype=np.float32)
    tracemalloc.start()
    length = sum(mix.shape[1] for mix, _ in in_windows((minute for _ in range(60)), Coarse()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert length == 3_600 * 44_100
    assert peak < 150 * 2**20
