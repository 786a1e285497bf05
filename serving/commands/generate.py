"""`lacquer generate`: stems that follow a track, from files alone; texts of releases, from a lake."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audio.files import missing_packages
from serving.commands.generate_audition import audition
from serving.commands.generate_texts import texts
from serving.failures import explained, fail

if TYPE_CHECKING:
    from audio.generation.drafts import Draft
    from audio.generation.plan import Plan

generate = typer.Typer(
    help="""Generate drafts: stems for a track, texts of a release. A draft is nothing more until a person approves it.

    [bold]Examples[/bold]

    lacquer generate stems song.jams --stems drums,bass,piano --bars 8 --out drafts

    lacquer generate audition song.mp3 drafts --stem bass --out audition

    lacquer generate texts R000397 --language de
    """,
    no_args_is_help=True,
)

TrackArgument = Annotated[Path, typer.Argument(metavar="TRACK_OR_JAMS", help="An audio file, or its JAMS file.")]
StemsOption = Annotated[str, typer.Option("--stems", metavar="NAMES", help="drums, bass, guitar, piano, synth, other.")]
BarsOption = Annotated[int, typer.Option("--bars", metavar="N", min=1, help="Length of the loop in bars.")]
SectionOption = Annotated[
    str | None, typer.Option("--section", metavar="NAME", help="Loop this section, by function or letter: chorus, B.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where STEM.flac and drafts.json go.")]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The first seed; another is another loop.")]
AttemptsOption = Annotated[int, typer.Option("--attempts", metavar="N", min=1, help="Seeds to try for each stem.")]


generate.command()(audition)
generate.command()(texts)


@generate.command()
def stems(
    track: TrackArgument,
    out: OutOption,
    stems: StemsOption = "drums,bass,piano",
    bars: BarsOption = 8,
    seed: SeedOption = 0,
    attempts: AttemptsOption = 3,
    section: SectionOption = None,
) -> None:
    """Generate stems that follow the beats, chords, key and tuning of a track.

    The loop is the first N whole bars of the track, or of the section that --section names. Rules choose patterns and
    voicings, and oscillators play them: no weights are needed. Each draft is analysed again and must follow the plan
    (beats of drums, roots of bass, chords, key, tuning, length, loudness); a draft that does not is deleted, and the
    next seed is tried. DIR/drafts.json holds the plan, every attempt with its measures, and the checksum of each file.
    Exit code 1: a stem has no accepted draft.

    An audio file is analysed first; from a JAMS file (lacquer analyze writes them) the plan is made directly.
    Needs the audio packages: make audio.
    """
    if missing := missing_packages():
        fail(f"the audio packages are not installed (missing: {', '.join(missing)}); install them with make audio")
    from audio.generation.backends import RuleBackend
    from audio.generation.drafts import CannotGenerateError, check_stem, draft_stem
    from audio.generation.plan import CannotPlanError, plan_loop

    names = list(dict.fromkeys(name.strip() for name in stems.split(",") if name.strip()))
    if not names:
        fail("--stems is empty; name at least one, such as --stems drums,bass")
    backend = RuleBackend()
    with explained(CannotGenerateError, CannotPlanError):
        for name in names:
            check_stem(name, backend)
        plan = plan_loop(_jams_of(track), bars, section)
        try:
            drafts = [draft_stem(plan, name, backend, out, seed, attempts) for name in names]
        except OSError as error:
            fail(f"--out {out}: {error}; name a folder that can be written")
    _write(out / "drafts.json", track, plan, drafts)
    for draft in drafts:
        print(_line(draft, out))
    if not all(draft.is_accepted for draft in drafts):
        raise typer.Exit(1)


def _jams_of(track: Path) -> dict[str, Any]:
    """The JAMS of a track as plain values, read or analysed."""
    if not track.is_file():
        fail(f"{track}: no such file; name an audio file or a JAMS file")
    if track.suffix.lower() != ".jams":
        from audio.analysis import analyse
        from audio.decode import NotDecodableError
        from audio.guard import NotAnalysedError
        from audio.jams_file import as_jams

        with explained(NotDecodableError, NotAnalysedError):
            whole: dict[str, Any] = json.loads(as_jams(analyse(track), track.stem).dumps())
        return whole
    try:
        whole = json.loads(track.read_text(encoding="utf-8"))
        annotations = whole["annotations"]
    except (ValueError, KeyError, TypeError) as error:
        fail(f"{track}: no JAMS ({error}); lacquer analyze writes one")
    if not isinstance(annotations, list):
        fail(f"{track}: no JAMS (annotations is no list); lacquer analyze writes one")
    return whole


def _write(path: Path, track: Path, plan: "Plan", drafts: "list[Draft]") -> None:
    """Write the plan and all attempts, whole or not at all."""
    import dataclasses

    document = {
        "track": track.name,
        "plan": dataclasses.asdict(plan),
        "drafts": [
            {
                **dataclasses.asdict(draft),
                "path": draft.path.name if draft.path else None,
                "accepted": draft.is_accepted,
            }
            for draft in drafts
        ],
    }
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def _line(draft: "Draft", out: Path) -> str:
    from audio.generation.adherence import MEASURES

    last = draft.attempts[-1]
    measure = MEASURES[draft.stem]
    if draft.is_accepted:
        path = out / f"{draft.stem}.flac"
        return f"{draft.stem}: draft in {path}, {measure} {last.scores[measure]:.2f}, seed {last.seed}"
    return f"{draft.stem}: rejected after {len(draft.attempts)} seeds: {'; '.join(last.reasons)}"
