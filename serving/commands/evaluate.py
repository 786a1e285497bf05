"""`lacquer evaluate`: how right a folder of JAMS is, against a folder of references."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail

if TYPE_CHECKING:
    from audio.evaluate import Scores

ReferencesArgument = Annotated[Path, typer.Argument(metavar="REFERENCES", help="Folder of NAME.jams with the truth.")]
EstimatesArgument = Annotated[
    Path, typer.Argument(metavar="ESTIMATES", help="Folder of NAME.jams, as lacquer analyze --out writes it.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Keep the scores of every song too (.json).")
]


def evaluate(references: ReferencesArgument, estimates: EstimatesArgument, out: OutOption = None) -> None:
    """Score analyses against references with mir_eval, the field's own measures.

    Files belong together by name. What a reference has is scored: tempo (Acc1: within 4%, Acc2: but for a factor of 2
    or 3), beats and first beats (F, within 70 ms, after 5 s; CMLt and AMLt), key (MIREX weighted), chords (major and
    minor triads, roots), sections (boundaries within 3 and 0.5 s without both ends, labels by pairs), tuning. A song
    without an estimate scores 0 and is named. Estimates may come from any program that writes JAMS.

    Needs the audio packages: make audio.

    [bold]Examples[/bold]

    lacquer analyze songs --out analysis && lacquer evaluate references analysis

    lacquer evaluate references analysis --out scores.json
    """
    missing = [name for name in ("jams", "mir_eval") if find_spec(name) is None]
    if missing:
        fail(f"the audio packages are not installed (missing: {', '.join(missing)}); install them with make audio")
    for folder in (references, estimates):
        if not folder.is_dir():
            fail(f"{folder}: no such folder; name a folder of NAME.jams files")
    if out is not None and (out.suffix != ".json" or not out.absolute().parent.is_dir()):
        fail(f"--out {out}: name a .json file in a folder that is there")
    from audio.evaluate import NotJamsError, evaluate_folders, missing_estimates

    with explained(FileNotFoundError, NotJamsError):
        scores = evaluate_folders(references, estimates)
    _show(scores)
    if without := missing_estimates(references, estimates):
        print(f"without an estimate, and so 0: {', '.join(without)}")
    if out is not None:
        out.write_text(json.dumps(scores, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _show(scores: "dict[str, Scores]") -> None:
    """A row per figure, then the songs that pull it down."""
    from rich.console import Console

    from benchmarks.audio_report import COLUMNS, score_rows
    from benchmarks.report import Part, show

    title = f"{len(scores)} songs against their references"
    rows = [(*row[:3], row[4]) for row in score_rows(scores, {})]
    show([Part(title, (*COLUMNS[:3], COLUMNS[4]), rows, [], None)], Console())
