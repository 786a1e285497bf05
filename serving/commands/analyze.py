"""`lacquer analyze`: audio files to JAMS, with a summary. Works on files alone, without a lake."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audio.files import ENDINGS, is_audio, missing_packages, on_one_line, readable, short
from serving.failures import fail

if TYPE_CHECKING:
    from audio.pool import Job, Outcome

FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILES", help="Audio files; of a folder, every audio file in it.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where NAME.jams and summary.json go.")]
StemsOption = Annotated[
    bool, typer.Option("--stems", help="Also take each song apart, into DIR/NAME.stems. Needs make stems and a model.")
]
ModelsOption = Annotated[
    Path | None,
    typer.Option("--models", metavar="DIR", help="Folder of separation models. Default: LACQUER_STEM_MODELS."),
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="Which of them. Default: LACQUER_STEM_MODEL, else htdemucs."),
]
BackendOption = Annotated[
    str,
    typer.Option(
        "--backend", metavar="NAME", help="Who hears: own, librosa (make librosa) or essentia (make essentia)."
    ),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", metavar="N", min=1, help="Files at once. Default: as cores and memory allow.")
]


def analyze(
    files: FilesArgument,
    out: OutOption,
    stems: StemsOption = False,
    models: ModelsOption = None,
    model: ModelOption = None,
    jobs: JobsOption = None,
    backend: BackendOption = "own",
) -> None:
    """Hear what audio files sound like: tempo, beats, metre, key, tuning, chords, sections, loudness.

    Writes for each file DIR/NAME.jams (see jams.readthedocs.io) and DIR/NAME.html to look at and listen to, and
    DIR/summary.json. Times are seconds from the first decoded sample. What cannot be told is left empty: applause has
    no tempo. Of files with equal names the later ones are called NAME-2, NAME-3. The exit code is 1 if any file failed;
    the others are done all the same.

    With --stems each song is also taken apart by Demucs, into FLAC files of 24 bits with the song's own time base,
    rate and length: DIR/NAME.stems/drums.flac, bass.flac and so on. Nothing is fetched: name a folder of models whose
    files SHA256SUMS lists. Without torch or a model that is skipped, and said. It takes about as long as the music.

    With --backend a library hears in our place, where it has a function for it; the JAMS says who it was. Neither has
    first beats or metre, and their answers have no confidence. Essentia's licence is the AGPL-3.0.

    Needs the audio packages: make audio; for stems make stems.

    [bold]Examples[/bold]

    lacquer analyze song.mp3 --out analysis

    lacquer analyze ~/Music/album --out analysis --jobs 2

    lacquer analyze song.mp3 --out analysis --stems --models ~/models --model htdemucs

    lacquer analyze *.flac --out analysis && jq '.files[] | [.file, .bpm, .key]' analysis/summary.json
    """
    if missing := missing_packages():
        fail(f"the audio packages are not installed (missing: {', '.join(missing)}); install them with make audio")
    from audio.backends import why_not

    if reason := why_not(backend):
        fail(reason)
    paths = listed(files)
    if not paths:
        fail(f"no audio file in {', '.join(map(str, files))}: name files, or folders that hold {', '.join(ENDINGS)}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"--out {out}: {error}; name a folder that can be written")
    outcomes = _run(named(paths, out, backend), jobs)
    told = [as_told(outcome) for outcome in outcomes]
    failed = sum(one["status"] == "failed" for one in told)
    _write_summary(out / "summary.json", told)
    _show(told)
    print(f"{len(told) - failed} analysed, {failed} failed; {out / 'summary.json'}")
    if stems:
        failed += _with_stems(outcomes, told, out / "summary.json", jobs, models, model)
    if failed:
        raise typer.Exit(1)


def _with_stems(
    outcomes: "list[Outcome[Job]]",
    told: list[dict[str, Any]],
    summary: Path,
    asked: int | None,
    models: Path | None,
    model: str | None,
) -> int:
    """Separate what was analysed and add it to the summary; return how many failed."""
    from serving.commands.stems import separated

    results = separated(outcomes, models, model, asked)
    for row, outcome in zip(told, outcomes, strict=True):
        row["stems"] = results.get(outcome.job.jams)
    _write_summary(summary, told)
    return sum(one["status"] == "failed" for one in results.values())


def listed(files: Sequence[Path]) -> list[Path]:
    """The files, folders replaced by the audio files in them, each once, in the order given."""
    found: list[Path] = []
    for given in files:
        if given.is_dir():
            found += sorted(path for path in given.rglob("*") if is_audio(path) and path.is_file())
        else:
            found.append(given)
    return list(dict.fromkeys(found))


def named(paths: Sequence[Path], out: Path, backend: str = "own") -> "list[Job]":
    """A JAMS file for each; equal names are told apart by a number, whatever the case and the form of their letters."""
    from unicodedata import normalize

    from audio.pool import Job

    taken: set[str] = set()
    jobs = []
    for path in paths:
        stem = name = short(path.stem)
        number = 1
        while normalize("NFC", name).casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(normalize("NFC", name).casefold())
        jobs.append(Job(path, out / f"{name}.jams", backend))
    return jobs


def _run(jobs: "list[Job]", asked: int | None) -> "list[Outcome[Job]]":
    """Analyse with progress on standard error; the outcomes in the order of the files."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from audio.backends import work_of
    from audio.pool import analyse_all, processes_that_fit

    messages = Console(stderr=True)
    columns = (TextColumn("analysing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    outcomes: dict[Path, Outcome[Job]] = {}
    with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as progress:
        task = progress.add_task("", total=len(jobs))
        work = work_of(jobs[0].backend)
        for outcome in analyse_all(jobs, processes_that_fit(asked, len(jobs), work.task.mib), work):
            outcomes[outcome.job.jams] = outcome
            progress.advance(task)
            if not messages.is_terminal:
                result = "done" if outcome.reason is None else f"failed: {outcome.reason}"
                print(
                    f"[{len(outcomes)}/{len(jobs)}] {on_one_line(outcome.job.path.name)}: {result}", file=messages.file
                )
    return [outcomes[job.jams] for job in jobs]


def as_told(outcome: "Outcome[Job]") -> dict[str, Any]:
    """The row of a file in the summary."""
    job = outcome.job
    row: dict[str, Any] = {"file": readable(job.path), "wall_s": round(outcome.wall_s, 3)}
    if outcome.told is None:
        return {**row, "status": "failed", "reason": outcome.reason, "jams": None}
    return {**row, **outcome.told, "reason": None, "jams": readable(job.jams.name)}


def _write_summary(path: Path, told: list[dict[str, Any]]) -> None:
    counts = {status: sum(one["status"] == status for one in told) for status in ("whole", "partial", "failed")}
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps({"counts": counts, "files": told}, indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(part, path)


def _show(told: list[dict[str, Any]]) -> None:
    """A table of what was analysed, then a line for each failure."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    table.add_column("file", overflow="fold")
    for name in ("seconds", "BPM", "metre", "key", "A Hz", "sections", "LUFS", "status"):
        table.add_column(name, justify="left" if name in ("key", "sections", "status") else "right")
    analysed = [one for one in told if one["status"] != "failed"]
    for one in analysed:
        table.add_row(
            escaped(on_one_line(Path(one["file"]).name)),
            _number(one["decoded_s"], ".1f"),
            _number(one["bpm"], ".1f"),
            _number(one["beats_per_bar"], "d"),
            one["key"] or "-",
            _number(one["tuning_hz"], ".1f"),
            one["sections"],
            _number(one["integrated_lufs"], ".1f"),
            one["status"],
        )
    if analysed:
        Console().print(table)
    for one in told:
        if one["status"] == "failed":
            print(f"{on_one_line(one['file'])}: failed: {one['reason']}")


def escaped(text: str) -> str:
    """A file's name as text: square brackets in it are no markup."""
    from rich.markup import escape

    return escape(text)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
