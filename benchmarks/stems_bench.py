"""`lacquer bench stems`: the full-size hybrid transformer of Demucs with random weights, on songs of two lengths.

Random weights take the same time and memory as trained ones; nothing is said of how clean the stems are.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part
from benchmarks.sounds import write_song

if TYPE_CHECKING:
    from audio.pool import Outcome
    from audio.separation.work import StemJob

LENGTHS_S = {"full": (30, 180), "tiny": (2,)}
BAR_S = 300
MODEL = "random"
# As the published htdemucs: 41,984,456 weights.
SIZES = {"sources": ["drums", "bass", "other", "vocals"], "bottom_channels": 512, "dconv_mode": 3}
SEGMENT = Fraction(39, 5)
COLUMNS = ("music s", "threads", "wall s", "CPU s", "peak MiB", "bar")


def stems_part(scale_name: str, threads: int, told: Callable[[str], None]) -> Part:
    """Separate songs, each in a process of its own."""
    from audio.separation.demucs_models import missing_packages

    if missing := missing_packages():
        raise BenchmarkError(f"not installed: {', '.join(missing)}; install them with make stems")
    with tempfile.TemporaryDirectory(prefix="lacquer-stems-") as folder:
        place = Path(folder)
        weights = _save_model(place)
        outcomes = [_measured(place, seconds, threads, told) for seconds in LENGTHS_S[scale_name]]
    return Part(
        title=f"stems: htdemucs at full size ({weights:,} random weights)",
        columns=COLUMNS,
        rows=[_row(outcome) for outcome in outcomes],
        verdicts=[_verdict(outcome) for outcome in outcomes if outcome.job.duration_s == 180],
        measured=[{"music_s": one.job.duration_s, "wall_s": one.wall_s, **vars(one.spent)} for one in outcomes],
    )


def _save_model(folder: Path) -> int:
    """Write the model and the list of checksums; return how many weights it has."""
    import torch
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    torch.manual_seed(0)
    model = HTDemucs(**SIZES, segment=SEGMENT)
    fraction = {"_type": "fraction", "numerator": SEGMENT.numerator, "denominator": SEGMENT.denominator}
    told = {
        "klass": "demucs.htdemucs.HTDemucs",
        "args": "[]",
        "kwargs": json.dumps({**SIZES, "segment": fraction}),
    }
    file = folder / f"{MODEL}.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, str(file), told)
    (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n")
    return sum(weight.numel() for weight in model.parameters())


def _measured(folder: Path, seconds: int, threads: int, told: Callable[[str], None]) -> "Outcome[StemJob]":
    from audio.pool import work_all
    from audio.separation.work import SEPARATION, StemJob

    path = folder / f"{seconds}.wav"
    write_song(path, seed=seconds, seconds=seconds)
    job = StemJob(path, folder / f"{seconds}.stems", seconds, folder, MODEL, threads)
    told(f"stems: {seconds} s of music")
    outcome = next(iter(work_all([job], SEPARATION, 1)))
    if outcome.reason is not None:
        raise BenchmarkError(f"{seconds} s of music: {outcome.reason}")
    return outcome


def _row(outcome: "Outcome[StemJob]") -> tuple[str, ...]:
    assert outcome.spent is not None
    seconds, spent = outcome.job.duration_s, outcome.spent
    return (
        *(f"{seconds:.0f}", str(outcome.job.threads), f"{outcome.wall_s:.0f}", f"{spent.cpu_s:.0f}"),
        *(f"{spent.peak_mib:,.0f}", f"{BAR_S} s" if seconds == 180 else "-"),
    )


def _verdict(outcome: "Outcome[StemJob]") -> str:
    verdict = "within" if outcome.wall_s <= BAR_S else "over"
    return (
        f"three minutes took {outcome.wall_s:.0f} s; {verdict} the bar of {BAR_S} s on 2 cores with nothing else to do"
    )
