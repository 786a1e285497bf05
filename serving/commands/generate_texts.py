"""`lacquer generate texts`: a marketing text of a release, checked against the catalogue."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.failures import fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from ml.texts.facts import Fact

ReleaseArgument = Annotated[str, typer.Argument(metavar="RELEASE", help="The release's id in the catalogue.")]
LanguageOption = Annotated[str, typer.Option("--language", metavar="CODE", help="en or de.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write text, facts and findings as JSON.")
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Sent to the model.")]


def texts(
    release: ReleaseArgument,
    language: LanguageOption = "en",
    out: OutOption = None,
    seed: SeedOption = 0,
    lake: LakeOption = None,
) -> None:
    """Write a marketing text of a release, and check each number, date, name and claim in it.

    The facts are those of gold.dim_release. With LACQUER_LANGUAGE_MODEL_URL and LACQUER_LANGUAGE_MODEL a model writes
    the text, else a template. What matches no fact is marked, with the reason; then the exit code is 1 and the text
    must not be approved. The check is strict: it also marks true words that it cannot verify.

    [bold]Examples[/bold]

    lacquer generate texts R000397 --language de

    lacquer generate texts R000397 --language en --out text.json
    """
    from ml.texts.checker import LANGUAGES, check_text

    if language not in LANGUAGES:
        fail(f"--language {language}: texts can be checked in {', '.join(LANGUAGES)}")
    facts = _facts(release, chosen_lake(lake))
    written, by = _written(facts, language, seed)
    findings = check_text(written, facts, language)
    print(written)
    for one in findings:
        print(f'  marked: "{one.text}" ({one.kind}): {one.reason}')
    print(f"by {by['backend']}: " + (f"{len(findings)} marked; not to be approved" if findings else "verified"))
    if out is not None:
        _write(out, {"release_id": release, "language": language, "text": written, **by}, facts, findings)
    if findings:
        raise typer.Exit(1)


def _facts(release: str, lake: str) -> "list[Fact]":
    import duckdb

    from ml.texts.facts import FACTS_SQL, facts_of
    from serving.failures import explained
    from serving.queries.published import open_published

    connection = open_published(lake)
    with explained(duckdb.Error):
        found = connection.execute(FACTS_SQL, {"release": release})
        names, row = [column[0] for column in found.description], found.fetchone()
    if row is None:
        fail(f"no release {release} in gold.dim_release; lacquer sql 'select release_id, title from gold.dim_release'")
    return facts_of(dict(zip(names, row, strict=True)))


def _written(facts: "list[Fact]", language: str, seed: int) -> tuple[str, dict[str, Any]]:
    """The text, and what wrote it."""
    from ml.texts.prompt import INSTRUCTIONS, SCHEMA, question_of
    from ml.texts.templates import text_by_template
    from resources.language_model import LanguageModel, LanguageModelError

    model = LanguageModel.from_settings(current_settings())
    if model is None:
        try:
            return text_by_template(facts, language), {"backend": "template"}
        except ValueError as error:
            fail(str(error))
    try:
        answer = model.answer(INSTRUCTIONS, question_of(facts, language), SCHEMA, seed=seed)
    except ImportError:
        fail("the package openai is not installed; install it with make serve-tools")
    except LanguageModelError as error:
        fail(f"no text ({error.state}): {error}")
    written = answer.content.get("text")
    if not isinstance(written, str) or not written.strip():
        fail("no text (invalid): the model's JSON has no text")
    tokens = {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens}
    return written.strip(), {"backend": "language model", "model": answer.model, "seed": seed, **tokens}


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
