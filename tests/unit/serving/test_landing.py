"""`lacquer demo`: a pack's own options become flags, and what lands is what the pack was asked for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import Result

from demo.pack import Landed, Pack
from serving.commands.packs import as_flag, pack_options

Lacquer = Callable[..., Result]


@dataclass(frozen=True)
class Options:
    order_lines: int = 100
    start: date | None = None
    share: float = 0.5


def nothing_lands(root: Path, **_: object) -> Landed:
    return Landed(root, {})


PACK = Pack("tiny", "a pack of these tests", needs_data=False, options_type=Options, land_files=nothing_lands)


def test_options_are_typed_as_the_pack_declares_them() -> None:
    options = pack_options(PACK, ["--order-lines", "250", "--start=2010-12-01", "--share", "0.25"])
    assert Options(**options) == Options(250, date(2010, 12, 1), 0.25)
    assert pack_options(PACK, []) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--order-line", "3"], "pack tiny has no option --order-line: did you mean --order-lines?"),
        (["--zzz", "3"], "pack tiny has no option --zzz: it has --order-lines, --start, --share"),
        (["250"], "pack tiny has no option 250: it has"),
        (["--order-lines"], "--order-lines needs a value, as in --order-lines 100"),
        (["--start", "--share", "1"], "--start needs a value, as in --start VALUE"),
        (["--order-lines", "many"], "--order-lines many: input should be a valid integer"),
    ],
)
def test_what_the_pack_cannot_take_is_said_before_anything_lands(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        pack_options(PACK, arguments)
    assert capsys.readouterr().err.startswith(f"error: {said}")


def test_the_list_names_every_pack_with_its_options(lacquer: Lacquer) -> None:
    from demo.packs import PACKS

    shown = lacquer("demo", "--list").stdout
    for pack in PACKS.values():
        assert f"{pack.name}: {pack.description}" in shown
        assert all(as_flag(name) in shown for name in pack.options_type.__dataclass_fields__)


def test_a_second_call_lands_nothing_and_a_longer_period_adds_days(lacquer: Lacquer, tmp_path: Path) -> None:
    def landing(days: int) -> tuple[Result, dict[Path, bytes]]:
        arguments = ("--lake", tmp_path, "--days", str(days), "--history-days", "20", "--order-lines", "10000")
        answer = lacquer("demo", *arguments)
        assert answer.exit_code == 0, answer.output
        return answer, {path: path.read_bytes() for path in sorted(tmp_path.glob("landing/*/*.jsonl"))}

    _, first = landing(20)
    again, second = landing(20)
    longer, third = landing(21)

    assert second == first
    assert re.search(r"erp +│ +\d+ │ +0 │", again.stdout), "no new files"
    assert first.items() < third.items()
    assert f"lacquer run --pack demo --lake {tmp_path}" in longer.stdout
    erp = [path for path in third if path.parent.name == "erp"]
    lines = sum(third[path].count(b"\n") for path in erp)
    new = [path for path in erp if path not in first]
    row = next(line for line in longer.stdout.splitlines() if line.strip("│ ").startswith("erp"))
    shown = [cell.strip().replace(",", "") for cell in row.strip("│").split("│")]
    assert shown[1:5] == [str(len(erp)), str(len(new)), str(lines), str(sum(third[path].count(b"\n") for path in new))]


def test_an_unknown_pack_is_answered_with_those_there_are(lacquer: Lacquer, tmp_path: Path) -> None:
    answer = lacquer("demo", "--pack", "jukebox", "--lake", tmp_path)
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: no source pack jukebox: there are demo, online-retail, charts")


def test_a_real_pack_without_its_data_says_where_to_name_it(
    lacquer: Lacquer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LACQUER_DATA", str(tmp_path / "nowhere"))
    answer = lacquer("demo", "--pack", "online-retail", "--lake", tmp_path / "lake")
    assert answer.exit_code == 1
    assert "nowhere" in answer.stderr


def test_a_pack_is_never_mixed_with_files_of_ones_own(lacquer: Lacquer, tmp_path: Path) -> None:
    own = tmp_path / "landing" / "erp" / "2024-01-01--erp-orders.jsonl"
    own.parent.mkdir(parents=True)
    own.write_text("{}\n")
    answer = lacquer("demo", "--lake", tmp_path)
    assert answer.exit_code == 1
    assert f"lacquer run --pack none --lake {tmp_path}" in answer.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [own]
