"""The folder of a lake: awkward names work, or are refused by name before anything is made."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from lake.lakehouse import Lake
from tests.lake_builders import LINES, loaded, rows, stated

Lacquer = Callable[..., Result]


@pytest.mark.parametrize("name", ["my lake", "größe", "lake#1", "it's & so, (prod)", "a+b=c;d", "~ 日本"])
def test_a_lake_works_in_a_folder_with_an_awkward_name(tmp_path: Path, name: str) -> None:
    lake = Lake(tmp_path / name)
    for lsn in (1, 2):
        loaded(lake, [stated(lsn, order_id="1", title=f"take {lsn}"), stated(lsn, order_id="a b%#/ü")])

    assert [row["order_id"] for row in rows(lake, "silver/lines")] == ["1", "a b%#/ü"]
    assert lake.table(LINES).read().sort("order_id").collect()["title"].to_list() == ["take 2", "Blue"]
    lake.publish(lake.versions(), "run")
    assert lake.connect_published().execute("select title from lines where order_id = '1'").fetchall() == [("take 2",)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["100%25", "lake [prod]", "what?", "*", "back\\slash", "line\nend"])
@pytest.mark.parametrize(
    "command", [("run", "--pack", "none"), ("demo",), ("sql", "from orders"), ("status",), ("check",)]
)
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_made(
    lacquer: Lacquer, tmp_path: Path, name: str, command: tuple[str, ...]
) -> None:
    answer = lacquer(*command, "--lake", tmp_path / name)

    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: lake ")
    assert "name another folder" in answer.stderr
    assert list(tmp_path.iterdir()) == []
