"""A machine that lacks something leaves tests out and says which; CI may not."""

import os
import stat
from pathlib import Path

import pytest

from tests.needs import need, need_packages, need_program


def test_what_is_there_is_handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    program = tmp_path / "tuner"
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert need(tmp_path, "no folder") == tmp_path
    assert need_program("tuner") == str(program)
    need_packages("pytest", "polars", target="setup-dev")


@pytest.mark.parametrize("ci", [None, "", "false"])
def test_elsewhere_the_test_is_left_out(monkeypatch: pytest.MonkeyPatch, ci: str | None) -> None:
    monkeypatch.delenv("CI", raising=False)
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.skip.Exception, match="no songs here"):
        need(None, "no songs here")
    with pytest.raises(pytest.skip.Exception, match="apt-get install no-such-program"):
        need_program("no-such-program")
    with pytest.raises(pytest.skip.Exception, match="not installed: no_such_package; make ears"):
        need_packages("pytest", "no_such_package", target="ears")


def test_on_ci_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no songs here"):
        need(None, "no songs here")
    with pytest.raises(pytest.fail.Exception, match="apt-get install no-such-program"):
        need_program("no-such-program")
    with pytest.raises(pytest.fail.Exception, match="not installed: no_such_package; make ears"):
        need_packages("pytest", "no_such_package", target="ears")
