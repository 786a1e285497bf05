"""`lacquer ask` without a question keeps a conversation, and asks before it does anything."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lake.lakehouse import Lake
from tests import copilot_lake

if TYPE_CHECKING:
    import duckdb
    from typer.testing import Result

pytestmark = pytest.mark.heavy
OVERRIDE = "override the forecast of R1 to 500 units over 30 days because TV spot"


@pytest.fixture
def lake(tmp_path: Path, layer: object) -> Lake:
    """A lake of the test's own, since something may be done to it."""
    return copilot_lake.build(tmp_path / "lake")


def one(truth: "duckdb.DuckDBPyConnection", sql: str) -> float:
    row = truth.execute(sql).fetchone()
    assert row is not None
    return float(row[0])


def test_questions_go_on_and_are_rated(
    lacquer: "Callable[..., Result]", lake: Lake, truth: "duckdb.DuckDBPyConnection"
) -> None:
    lines = [
        "revenue of jazz in 2025",
        "by label?",
        "and in 2024",
        "profit",
        ":useful",
        ":history",
        ":new",
        "by label?",
    ]
    told = lacquer("ask", "--lake", lake.root, stdin="\n".join(lines) + "\n")
    assert told.exit_code == 0, told.output
    sql = "select sum(house_revenue) from lines where genre = 'jazz' and year(order_date) = {} {}"
    assert f"Net revenue: {one(truth, sql.format(2025, '')):,.2f} EUR (genre jazz" in told.output
    for year in (2025, 2024):
        amount = one(truth, sql.format(year, "and label_name = 'Amber Records'"))
        days = f"{year}-01-01 to {year}-12-31"
        assert f"{amount:,.2f} EUR (label_name Amber Records, genre jazz, {days})" in told.output
    assert "not answered: not understood: profit" in told.output
    assert "kept: useful" in told.output
    assert "and in 2024  (useful)" in told.output
    assert told.output.rstrip().splitlines()[-1].startswith("  for example")  # nothing goes on in a new conversation


def test_the_history_is_kept_with_the_feedback(lacquer: "Callable[..., Result]", lake: Lake) -> None:
    from resources.database import Database
    from resources.settings import Settings
    from serving.accounts.identity import Identity
    from serving.accounts.tables import metadata
    from serving.copilot.history import recent

    lacquer("ask", "--lake", lake.root, stdin="open alerts\n:useless\n")
    database = Database.from_settings(Settings(lake=lake.root), metadata())
    (kept,) = recent(database, Identity("user", "local", "x", frozenset()))
    database.close()
    assert (kept.answer.question, kept.answer.facts[0].value, kept.feedback) == ("open alerts", 4, "useless")


@pytest.mark.parametrize("stdin", ["n\n", "", "later\nn\n"])
def test_without_a_yes_nothing_is_done(lacquer: "Callable[..., Result]", lake: Lake, stdin: str) -> None:
    before = lake.published()
    told = lacquer("ask", OVERRIDE, "--lake", lake.root, stdin=stdin)
    assert told.exit_code == 1
    assert "beside it will stand 500 units" in told.output
    assert "nothing was done" in told.stderr
    assert lake.published() == before


def test_a_yes_and_the_option_do_it(lacquer: "Callable[..., Result]", lake: Lake) -> None:
    done = lacquer("ask", OVERRIDE, "--lake", lake.root, "--by", "ana", stdin="y\n")
    assert done.exit_code == 0, done.output
    assert "500 units stand beside the forecast of R1" in done.output
    again = lacquer("ask", OVERRIDE.replace("500", "600"), "--lake", lake.root, "--yes", "--by", "bo")
    assert again.exit_code == 0, again.output
    con = lake.connect_published()
    rows = con.execute("select made_by, units, why from gold.forecast_overrides order by made_at").fetchall()
    assert rows == [("ana", 500.0, "TV spot"), ("bo", 600.0, "TV spot")]


def test_a_conversation_does_what_is_confirmed_and_goes_on(lacquer: "Callable[..., Result]", lake: Lake) -> None:
    told = lacquer("ask", "--lake", lake.root, stdin=f"{OVERRIDE}\nn\n{OVERRIDE}\ny\nopen alerts\n")
    assert told.output.count("500 units stand beside the forecast of R1") == 1
    assert "open alerts: 4 alerts" in told.output
