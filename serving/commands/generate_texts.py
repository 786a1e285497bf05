"""`lacquer generate texts`: a marketing text of a release, checked against the catalogue."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from ml.texts.channels import Channel
    from ml.texts.facts import Fact
    from resources.generation.texts import Written

ReleaseArgument = Annotated[str, typer.Argument(metavar="RELEASE", help="The release's id in the catalogue.")]
LanguageOption = Annotated[str, typer.Option("--language", metavar="CODE", help="en or de.")]
ChannelOption = Annotated[str, typer.Option("--channel", metavar="NAME", help="shop, newsletter or social.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write text, facts and findings as JSON.")
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Sent to the model.")]


def texts(
    release: ReleaseArgument,
    language: LanguageOption = "en",
    channel: ChannelOption = "shop",
    out: OutOption = None,
    seed: SeedOption = 0,
    lake: LakeOption = None,
) -> None:
    """Write a marketing text of a release, and check each number, date, name and claim in it.

    The facts are those of the catalogue, sales and reviews. With LACQUER_LANGUAGE_MODEL_URL and LACQUER_LANGUAGE_MODEL
    a model writes the text, else a template. What matches no fact is marked, with the reason; then the exit code is 1
    and the text must not be approved. The check is strict: it also marks true words that it cannot verify.

    [bold]Examples[/bold]

    lacquer generate texts R000397 --language de

    lacquer generate texts R000397 --language en --channel social --out text.json
    """
    from ml.texts.channels import channel as channel_of
    from ml.texts.checker import LANGUAGES, check_text

    if language not in LANGUAGES:
        fail(f"--language {language}: texts can be checked in {', '.join(LANGUAGES)}")
    with explained(ValueError):
        place = channel_of(channel)
    facts = _facts(release, chosen_lake(lake))
    written = _written(facts, language, place, seed)
    findings = check_text(written.text, facts, language, place.most_characters)
    print(written.text)
    for one in findings:
        print(f'  marked: "{one.text}" ({one.kind}): {one.reason}')
    print(f"by {written.backend}: " + (f"{len(findings)} marked; not to be approved" if findings else "verified"))
    if out is not None:
        document = {"release_id": release, "language": language, "channel": channel, "seed": seed, **vars(written)}
        _write(out, document, facts, findings)
    if findings:
        raise typer.Exit(1)


def _facts(release: str, lake: str) -> "list[Fact]":
    import duckdb

    from resources.generation.texts import read_facts
    from serving.queries.published import open_published

    connection = open_published(lake)
    try:
        with explained(duckdb.Error):
            return read_facts(connection, release)
    except LookupError as error:
        fail(f"{error.args[0]}; lacquer sql 'select release_id, title from gold.dim_release'")


def _written(facts: "list[Fact]", language: str, channel: "Channel", seed: int) -> "Written":
    """The text and what wrote it."""
    from resources.generation.texts import write_text
    from resources.language_model import LanguageModel, LanguageModelError

    try:
        return write_text(facts, language, channel, LanguageModel.from_settings(current_settings()), seed)
    except ImportError:
        fail("the package openai is not installed; install it with make serve-tools")
    except LanguageModelError as error:
        fail(f"no text ({error.state}): {error}")
    except ValueError as error:
        fail(str(error))


def _write(out: Path, document: dict[str, Any], facts: "list[Fact]", findings: list[Any]) -> None:
    import dataclasses

    rows = {
        "facts": [dataclasses.asdict(one) for one in facts],
        "findings": [dataclasses.asdict(one) for one in findings],
    }
    try:
        part = out.with_name(out.name + ".part")
        part.write_text(json.dumps({**document, **rows}, indent=1, ensure_ascii=False, default=str), encoding="utf-8")
        part.replace(out)
    except OSError as error:
        fail(f"--out {out}: {error}; name a file that can be written")
