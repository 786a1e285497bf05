"""The stems of `lacquer analyze --stems`: what has to be there, the separation with progress, what is said of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio.files import readable
from resources.audio import StemModel, usable_model
from serving.options import current_settings

if TYPE_CHECKING:
    from audio.pool import Job, Outcome
    from audio.separation.work import StemJob


def separated(
    outcomes: "Sequence[Outcome[Job]]", models: Path | None, model: str | None, asked: int | None
) -> dict[Path, dict[str, Any]]:
    """Separate the files that were analysed; what became of each, by its JAMS file."""
    analysed = [outcome for outcome in outcomes if outcome.told is not None]
    settings = current_settings()
    usable = usable_model(models or settings.stem_models, model or settings.stem_model)
    if not isinstance(usable, StemModel):
        print(f"stems skipped: {usable}")
        return {outcome.job.jams: {"status": "skipped", "reason": usable} for outcome in analysed}
    results = _run([_job(outcome, usable.folder, usable.name) for outcome in analysed], settings.threads, asked)
    _show(results)
    return {outcome.job.jams: results[_folder(outcome.job)] for outcome in analysed}


def _folder(job: "Job") -> Path:
    return job.jams.with_suffix(".stems")


def _job(outcome: "Outcome[Job]", models: Path, model: str) -> "StemJob":
    from audio.separation.work import StemJob

    assert outcome.told is not None
    return StemJob(outcome.job.path, _folder(outcome.job), outcome.told["decoded_s"], models, model, 1)


def _run(jobs: "Sequence[StemJob]", threads: int, asked: int | None) -> dict[Path, dict[str, Any]]:
    """Separate with progress on standard error; the results by the folder of the stems."""
    import dataclasses

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from audio.pool import processes_that_fit, work_all
    from audio.separation.work import MIB, SEPARATION

    processes = processes_that_fit(min(asked or threads, threads), len(jobs), MIB)
    jobs = [dataclasses.replace(job, threads=max(1, threads // processes)) for job in jobs]
    messages = Console(stderr=True)
    columns = (TextColumn("separating"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    results: dict[Path, dict[str, Any]] = {}
    shares: dict[Path, float] = {}
    with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as progress:
        task = progress.add_task("", total=sum(job.duration_s for job in jobs))

        def advanced(job: "StemJob", share: float) -> None:
            shares[job.folder] = share * job.duration_s
            progress.update(task, completed=sum(shares.values()))

        for outcome in work_all(jobs, SEPARATION, processes, advanced):
            results[outcome.job.folder] = _told(outcome)
            advanced(outcome.job, 1.0)
            if not messages.is_terminal:
                result = "done" if outcome.reason is None else f"failed: {outcome.reason}"
                print(f"[stems {len(results)}/{len(jobs)}] {outcome.job.path.name}: {result}", file=messages.file)
    return results


def _told(outcome: "Outcome[StemJob]") -> dict[str, Any]:
    if outcome.told is None:
        return {"status": "failed", "reason": outcome.reason}
    told = {"status": "separated", "reason": None, "folder": readable(outcome.job.folder.name), **outcome.told}
    return {**told, "wall_s": round(outcome.wall_s, 3)}


def _show(results: dict[Path, dict[str, Any]]) -> None:
    """A line for each song."""
    for path, one in results.items():
        folder = Path(readable(path))
        if one["status"] == "failed":
            print(f"{folder.stem}: stems failed: {one['reason']}")
            continue
        names = ", ".join(stem["stem"] for stem in one["stems"])
        rest = one["residual_db"]
        sums = "" if rest is None else f"; what their sum leaves out lies at {rest:.0f} dB of the mix"
        print(f"{folder.stem}: {names} by {one['model']} in {folder}{sums}")
