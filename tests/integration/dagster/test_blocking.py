"""Given a load that breaks a rule, when it is run, then what is downstream stays as it was until that is mended."""

import datetime as dt
from pathlib import Path

import pytest
from deltalake import DeltaTable
from typer.testing import CliRunner

from lake.lakehouse import Lake
from serving.cli import app
from tests.integration.dagster.running import Lacquer, ask, change, land, order, order_line, published, run_main

LSN = 10**16
# What is landed here is unlike any day before; that warns and stops nothing.
ONLY_WARNS = {"silver/orders.like_its_past", "silver/order_lines.like_its_past"}


@pytest.mark.heavy
def test_a_bad_load_is_not_published_and_stays_bad_until_more_is_allowed(lake: Path) -> None:
    before, lines = published(lake), ask(lake, "select count(*) from fct_order_line")
    good = [change("orders", order(f"X{n}"), LSN + n) for n in range(6)]
    land(lake, "2024-02-15--bad.jsonl", [*good, *(f'{{"op": "?", "n": {n}}}' for n in range(4))])
    for _ in range(2):
        ran = run_main(lake)
        assert not ran.success
        assert "4 of 10 rows since the last publication" in ran.failed_checks["bronze/erp_changes.bad_share"]
        assert "LACQUER_ALLOWED_BAD_SHARE" in ran.failed_checks["bronze/erp_changes.bad_share"]
        assert ran.materialized.isdisjoint({"silver/orders", "silver/order_lines", "gold/fct_order_line"})
        assert ran.materialized.isdisjoint({"lake/published", "gold/writebacks"})
        assert published(lake) == before
        assert ask(lake, "select count(*) from fct_order_line") == lines
        # What was refused can be looked at although the run is not published.
        assert ask(lake, "select count(*) from dead_letters where landed_path = 'erp/2024-02-15--bad.jsonl'") == [(4,)]
    assert run_main(lake, bad_share=0.5).success
    assert ask(lake, "select count(*) from silver.orders where order_id like 'X%'") == [(6,)]


def test_what_bronze_lost_is_found_before_anything_is_built_on_it(lake: Path) -> None:
    before = published(lake)
    DeltaTable(str(lake / "bronze" / "erp_changes")).delete("batch_line = 5")
    ran = run_main(lake)
    assert not ran.success
    assert "bronze/erp_changes.balance" in ran.failed_checks
    assert ran.materialized.isdisjoint({"silver/orders", "gold/fct_order_line", "lake/published"})
    assert published(lake) == before


@pytest.mark.heavy
def test_lines_of_unknown_orders_stop_gold_until_the_orders_come(lake: Path) -> None:
    before = published(lake)
    land(lake, "2024-02-15--1.jsonl", (change("order_lines", order_line(f"X{n}"), LSN + n) for n in range(60)))
    ran = run_main(lake)
    assert not ran.success
    assert ran.failed_checks.keys() - ONLY_WARNS == {"silver/order_lines.order_id_in_orders"}
    assert "60 of " in ran.failed_checks["silver/order_lines.order_id_in_orders"]
    assert "silver/order_lines" in ran.materialized
    assert ran.materialized.isdisjoint({"gold/fct_order_line", "gold/forecasts", "lake/published"})
    assert published(lake) == before
    land(lake, "2024-02-15--2.jsonl", (change("orders", order(f"X{n}"), LSN + 100 + n) for n in range(60)))
    assert run_main(lake).failed_checks.keys() <= ONLY_WARNS
    assert ask(lake, "select count(*), sum(quantity) from fct_order_line where order_id like 'X%'") == [(60, 120)]


@pytest.mark.heavy
def test_a_new_field_of_the_source_is_reported_and_kept_in_bronze(lake: Path) -> None:
    land(lake, "2024-02-15--1.jsonl", [change("orders", order("X1", loyalty_tier="gold"), LSN)])
    ran = run_main(lake)
    assert ran.success
    assert {name: words for name, words in ran.failed_checks.items() if name not in ONLY_WARNS} == {
        "silver/orders.known_fields": "the source sends loyalty_tier; a line in the contract takes it in"
    }
    kept = "select json_extract_string(payload, '$.after.loyalty_tier') from erp_changes where position = $lsn"
    assert Lake(lake).connect_published().execute(kept, {"lsn": LSN}).fetchall() == [("gold",)]
    assert ask(lake, "select count(*) from silver.orders where order_id = 'X1'") == [(1,)]


@pytest.mark.heavy
def test_what_a_killed_run_left_unpublished_is_published_by_the_next(lake: Path) -> None:
    """A process that dies between the last table and the publication leaves everything written and nothing seen."""
    land(
        lake, "2024-02-15--1.jsonl", [change("orders", order("X1"), LSN), change("order_lines", order_line("X1"), LSN)]
    )
    assert run_main(lake, leave_out=("lake/published", "gold/writebacks", "gold/writeback_conflicts")).success
    seen = "select count(*) from fct_order_line where order_id = 'X1'"
    assert ask(lake, seen) == [(0,)]
    assert run_main(lake).success
    assert ask(lake, seen) == [(1,)]
    newest = {key: version for key, version in Lake(lake).versions().items() if not key.startswith("lake/")}
    assert {key: Lake(lake).published()[key] for key in newest} == newest


@pytest.mark.heavy
def test_a_snoozed_failure_is_shown_and_stops_nothing_until_it_is_ended(lake: Path, lacquer: Lacquer) -> None:
    wanted = ("snooze", "silver/order_lines", "order_id_in_orders")
    reason = (
        "--until",
        str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)),
        "--by",
        "Ada",
        "--why",
        "ERP is late",
    )
    assert lacquer(*wanted, *reason).exit_code == 0
    land(lake, "2024-02-15--1.jsonl", (change("order_lines", order_line(f"X{n}"), LSN + n) for n in range(60)))
    ran = run_main(lake)
    assert ran.success
    assert "60 of " in ran.failed_checks["silver/order_lines.order_id_in_orders"]
    assert "by Ada: ERP is late" in ran.failed_checks["silver/order_lines.order_id_in_orders"]
    assert ask(lake, "select count(*) from silver.order_lines where order_id like 'X%'") == [(60,)]
    checked = lacquer("check")
    assert (checked.exit_code, "ERP is late" in " ".join(checked.stdout.split())) == (0, True)
    assert lacquer(*wanted, "--end", "--by", "Ada").exit_code == 0
    assert lacquer("check").exit_code == 1
    assert ask(lake, "select why, ended_by from check_snoozes") == [("ERP is late", "Ada")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("silver/order_lines", "balance", "--until", "2099-01-01"), "balance cannot be snoozed"),
        (("silver/order_line", "bounds"), "did you mean silver/order_lines?"),
        (("silver/order_lines", "bounds", "--until", "2099-01-01"), "give a day from"),
        (("silver/order_lines", "bounds"), "--until is missing"),
        (("silver/order_lines", "bounds", "--end", "--by", "Ada"), "is not snoozed"),
    ],
)
def test_what_cannot_be_snoozed_is_refused(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    answer = CliRunner().invoke(app, ["snooze", *arguments, "--lake", str(tmp_path)])
    assert (answer.exit_code, message in " ".join(answer.stderr.split())) == (1, True), answer.stderr
