"""`lacquer search`: releases by what people type."""

import sys
from typing import Annotated

import typer

from serving.commands.rows import Format
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings
from serving.queries.published import open_reader

QueryArgument = Annotated[str | None, typer.Argument(metavar="TEXT", help="Words, a number, an EAN, a mood.")]
SoundsOption = Annotated[
    str | None,
    typer.Option("--sounds-like", metavar="ID", help="Tracks that sound like this track, or like a release's tracks."),
]
GenreOption = Annotated[str | None, typer.Option("--genre", help="Only this genre.")]
CarrierOption = Annotated[str | None, typer.Option("--carrier", metavar="FORMAT", help="Only this format, such as LP.")]
CountOption = Annotated[int, typer.Option("--k", min=1, max=100, help="How many releases.")]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="table, lines, csv or json.")]


def search(
    text: QueryArgument = None,
    lake: LakeOption = None,
    genre: GenreOption = None,
    carrier: CarrierOption = None,
    k: CountOption = 10,
    form: FormatOption = Format.table,
    sounds: SoundsOption = None,
) -> None:
    """Find releases in the published catalogue: by title, artist, label, number or EAN, misspelt or in part.

    Words are ranked by BM25, misspelt ones by their groups of three letters. Where the sentence model is installed
    (make search, LACQUER_SENTENCE_MODEL), runs embed releases and likeness of meaning takes part.
    --sounds-like compares the sound of analysed audio instead.

    [bold]Examples[/bold]

    lacquer search "nothern hours kites"

    lacquer search "calm piano for the evening" --genre classical --carrier LP

    lacquer search --sounds-like R000397
    """
    if form not in (Format.table, Format.lines, Format.csv, Format.json):
        fail(f"--format {form.value} is a file; choose table, lines, csv or json")
    if sounds is not None:
        if text is not None or genre or carrier:
            fail("--sounds-like goes by sound alone: leave out TEXT, --genre and --carrier")
        _by_sound(sounds, lake, k, form)
        return
    if text is None:
        fail('nothing to search for: lacquer search "velvet hours"')
    from resources.sentence_model import sentence_model
    from serving.commands.rows import Held, write_rows
    from serving.queries.search.find import Hit, Search

    reader, _ = open_reader(chosen_lake(lake))
    filters = {name: value for name, value in (("genre", genre), ("format", carrier)) if value}
    with explained(ValueError):
        hits = Search(reader, sentence_model(current_settings().sentence_model)).find(text, filters, k)
    if not hits:
        print(f"nothing found for {text!r}", file=sys.stderr)
    names = [name for name in Hit.model_fields if name != "score"]
    write_rows(Held(names, [one.model_dump() for one in hits]), form)


def _by_sound(wanted: str, lake: str | None, count: int, form: Format) -> None:
    from serving.commands.rows import Held, write_rows
    from serving.queries.audio import analyses, sounds_like

    reader, _ = open_reader(chosen_lake(lake))
    if not analyses(reader, track_id=wanted, limit=1) and not analyses(reader, release_id=wanted, limit=1):
        fail(f"no audio of {wanted!r} was analysed; docs/how-to/hear-your-catalogue.md says how files get in")
    found = sounds_like(reader, track_id=wanted, release_id=wanted, limit=count)
    names = ["track_id", "title", "release_id", "release_title", "artist_name", "likeness", "sounds_like"]
    write_rows(Held(names, found), form)
