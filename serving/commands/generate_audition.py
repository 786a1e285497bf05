"""`lacquer generate audition`: a generated stem beside its original and in the mix, as files and as one page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audio.files import missing_packages
from serving.failures import explained, fail

if TYPE_CHECKING:
    from audio.generation.audition import Audition

SongArgument = Annotated[Path, typer.Argument(metavar="SONG", help="The audio file that the stem was made for.")]
DraftsArgument = Annotated[
    Path,
    typer.Argument(metavar="DRAFTS", help="The folder of `lacquer generate stems`: drafts.json, STEM.flac."),
]
StemOption = Annotated[str, typer.Option("--stem", metavar="NAME", help="Which of its stems.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files and audition.html go.")]


def audition(song: SongArgument, drafts: DraftsArgument, stem: StemOption, out: OutOption) -> None:
    """Write original, stem and mix of the loop at one level, and a page that plays them and needs no other file.

    DIR/original.flac, stem.flac and mix.flac begin at the same beat, have the length of the loop to the sample and the
    same RMS level, so that neither wins by being louder. DIR/audition.html holds all three sounds.

    [bold]Examples[/bold]

    lacquer generate stems song.mp3 --stems bass --bars 8 --out drafts

    lacquer generate audition song.mp3 drafts --stem bass --out audition
    """
    if missing := missing_packages():
        fail(f"the audio packages are not installed (missing: {', '.join(missing)}); install them with make audio")
    from audio.decode import NotDecodableError
    from audio.generation.audition import CannotAuditionError
    from audio.generation.audition import audition as write_audition
    from audio.generation.plan import Plan, Span

    if not song.is_file():
        fail(f"{song}: no such file; name the audio file that the stem was made for")
    values = _plan_of(drafts, stem)
    chords = tuple(Span(**one) for one in values["chords"])
    plan = Plan(**{**values, "chords": chords, "beats_s": tuple(values["beats_s"])})
    try:
        with explained(NotDecodableError, CannotAuditionError):
            done = write_audition(song, drafts / f"{stem}.flac", plan, out)
        (out / "audition.html").write_text(_page(song, stem, values, done), encoding="utf-8")
    except OSError as error:
        fail(f"--out {out}: {error}; name a folder that can be written")
    print(f"{out / 'audition.html'}: original, stem and mix of {plan.duration_s:.2f} s at {done.rms_dbfs:.1f} dBFS RMS")


def _plan_of(drafts: Path, stem: str) -> dict[str, Any]:
    """The plan that the drafts were made from, if the stem was accepted."""
    try:
        document = json.loads((drafts / "drafts.json").read_text(encoding="utf-8"))
        accepted = [one["stem"] for one in document["drafts"] if one["accepted"]]
        plan: dict[str, Any] = document["plan"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        fail(f"{drafts}: no drafts ({error}); lacquer generate stems writes them")
    if stem not in accepted or not (drafts / f"{stem}.flac").is_file():
        fail(f"--stem {stem}: {drafts} has {', '.join(accepted) or 'no accepted stem'}")
    return plan


def _page(song: Path, stem: str, plan: dict[str, Any], done: "Audition") -> str:
    """The page with the three sounds, the same that the dashboard exports."""
    from resources.generation.auditioning import Compared
    from resources.generation.stems import outline_of
    from serving.web.audition import one_page

    outlines = {name: outline_of(path) for name, path in done.paths.items()}
    facts = [f"{plan['duration_s']:.2f} s from {plan['source_start_s']:.2f} s", plan["key"] or "key unknown"]
    return one_page(Compared(done.paths, outlines, done.rms_dbfs), plan, f"{stem} for {song.name}", facts, "en")
