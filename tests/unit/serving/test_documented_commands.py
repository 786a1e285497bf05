"""Every `lacquer` command that the pages show is one that the command line takes: its name, options and arguments."""

import shlex
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from serving.cli import app
from tests.documented_commands import PAGES, shown

COMMANDS = get_command(app)


def refusal(words: list[str]) -> str | None:
    """What the command line has against the words, read without running them; None where it takes them."""
    try:
        parse(words)
    except Exception as error:
        if not hasattr(error, "format_message"):  # what is no refusal of the words
            raise
        return str(error.format_message())
    return None


def parse(words: list[str]) -> None:
    """Let the command line read the words, down to the last command; a group without a command shows what it holds."""
    command, context, rest = COMMANDS, typer.Context(COMMANDS, info_name="lacquer"), words
    while isinstance(command, TyperGroup) and rest:
        while rest and rest[0] == "--tenant":
            rest = rest[2:]
        if rest[:1] and rest[0].startswith("-") and command.invoke_without_command:
            command.make_context(context.info_name or "", list(rest), parent=context.parent)
            return
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, typer.Context(found, info_name=name, parent=context)
        if not isinstance(command, TyperGroup):
            command.make_context(name or "", list(rest), parent=context.parent)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_are_taken(page: Path) -> None:
    wrong = []
    for words in shown(page):
        if "..." in words or "…" in words or words[-1:] in (["--help"], ["--version"]):
            continue
        if (found := refusal(words)) is not None:
            wrong.append(f"lacquer {shlex.join(words)}: {found}")
    assert wrong == []


def test_the_pages_show_commands() -> None:
    assert sum(len(shown(page)) for page in PAGES) > 100


def test_what_does_not_exist_is_found() -> None:
    assert "--no-such-option" in (refusal(["trace", "--no-such-option"]) or "")
    assert "remember" in (refusal(["remember", "B00017"]) or "")
    assert refusal(["trace", "fct_sales_day", "R000048,2024-01-16"]) is None
