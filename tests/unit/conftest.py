"""The command line, for tests of the commands and of the benchmarks."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result


@pytest.fixture
def lacquer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line with arguments, and text on standard input if given; only a crash raises."""
    from serving.cli import app

    monkeypatch.delenv("LACQUER_LAKE", raising=False)
    runner = CliRunner()

    def run(*arguments: str | Path, stdin: str | None = None) -> Result:
        answer = runner.invoke(app, [str(argument) for argument in arguments], input=stdin)
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run
