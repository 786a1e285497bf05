"""The questions that the pages ask are asked: each `lacquer sql` of the documentation runs, with the columns it shows.

The tutorial's other commands are those that built the lake: `make run` (CI makes it in a fresh clone), the same again,
one day more.
"""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.cli import app
from tests.documented_commands import CHECKOUT, PAGES, with_output

pytestmark = pytest.mark.heavy
# Tables that a run of the demo pack does not publish, and what does.
OTHERS = {
    "warehouses": "the table that the page adds",
    "suite_results": "lacquer quality",
    "category_seasonality": "lacquer seasonality",
    "audio_files": "an audio inbox",
    "audio_analyses": "an audio inbox",
    "generated_assets": "lacquer generate",
    "reconciled_keys": "lacquer reconcile",
}


def headings(printed: list[str]) -> list[str]:
    """The columns of a table as the command prints it; none where the page shows no table."""
    return next((re.findall(r"[^┃\s]+", line) for line in printed if line.startswith("┃")), [])


def ran(words: list[str], printed: list[str]) -> str | None:
    """What is wrong with a question of a page, asked now; None where nothing is."""
    shown = headings(printed)
    answer = CliRunner().invoke(app, [*words, *(["--format", "json"] if shown else [])])
    if answer.exit_code == 0:
        rows = json.loads(answer.stdout) if shown else []
        return f"has the columns {list(rows[0])}" if rows and list(rows[0]) != shown else None
    missing = re.search(r"no published table (\w+)", answer.output)
    return None if missing and missing[1] in OTHERS else answer.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_questions_of_a_page_are_answered(page: Path, demo_lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACQUER_LAKE", str(demo_lake))
    asked = [(words, printed) for words, printed in with_output(page) if words[0] == "sql" and len(words) > 1]
    wrong = [(words[1], problem) for words, printed in asked if (problem := ran(words, printed))]
    assert wrong == []


def test_the_tutorial_shows_what_it_asks() -> None:
    asked = [printed for words, printed in with_output(CHECKOUT / "docs" / "tutorial.md") if words[0] == "sql"]
    assert sum(bool(headings(printed)) for printed in asked) == 4


def test_every_target_of_make_that_the_tutorial_names_is_there() -> None:
    text = (CHECKOUT / "docs" / "tutorial.md").read_text("utf-8")
    named = set(re.findall(r"^\$? ?make ([\w-]+)", text, re.MULTILINE))
    assert named == {"run", "ui"}
    assert named <= set(re.findall(r"^([\w-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE))
