"""The page of commands says what `--help` says. LACQUER_RENEW_SNAPSHOTS=1 writes it anew."""

import os
import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from serving.cli import app

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "commands.md"
BLOCK = re.compile(r"(## lacquer (\w+)\n\n```\n).*?(\n```)", re.DOTALL)


def told(command: str) -> str:
    width = {"COLUMNS": "120", "TERMINAL_WIDTH": "120", "NO_COLOR": "1", "TERM": "dumb"}
    answer = CliRunner(env=width).invoke(app, [command, "--help"], prog_name="lacquer", terminal_width=120)
    assert answer.exit_code == 0, answer.output
    return "\n".join(line.rstrip() for line in answer.output.strip("\n").splitlines()).strip("\n")


def names() -> set[str]:
    """Every command and every group of commands."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return set(group.commands)


def test_the_page_of_commands_says_what_help_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 120)
    page = PAGE.read_text(encoding="utf-8")
    shown = [name for _, name, _ in BLOCK.findall(page)]
    if os.environ.get("LACQUER_RENEW_SNAPSHOTS"):
        page += "".join(f"\n## lacquer {name}\n\n```\n\n```\n" for name in sorted(names() - set(shown)))
    written = BLOCK.sub(lambda block: block[1] + told(block[2]) + block[3], page)
    if os.environ.get("LACQUER_RENEW_SNAPSHOTS"):
        PAGE.write_text(written, encoding="utf-8")
    assert {name for _, name, _ in BLOCK.findall(page)} == names()
    assert page == written, f"{PAGE.name} is out of date: LACQUER_RENEW_SNAPSHOTS=1 pytest {Path(__file__).name}"
