"""Gold's figures against independent counts over the same generated orders."""

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from lake.gold.fiscal import FiscalCalendar
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from tests.integration.gold.building import FACTS, build_gold, rows
from tests.integration.gold.silver_tables import Row, line, utc, write_all

DAY = dt.timedelta(hours=24)


def orders(seed: int) -> tuple[list[Row], dict[str, str | None]]:
    """Sales and cancellations of few buyers and releases, close together, some on the same minute."""
    rng = random.Random(seed)
    made, owners = [], {}
    for number in range(250):
        order_id = f"N{number:03}"
        owners[order_id] = rng.choice(["B1", "B1", "B2", None])
        at = utc("2011-01-30T00:00:00") + dt.timedelta(hours=6 * rng.randrange(40), minutes=rng.choice([0, 0, 1]))
        sign = rng.choice([1, 1, -1])
        for number_of_line, release in enumerate(
            rng.sample(["R1", "R2", "R3", "POST"], rng.choice([1, 1, 2])), start=1
        ):
            made.append(
                line(
                    order_id,
                    at.strftime("%Y-%m-%dT%H:%M:%S"),
                    release,
                    sign * rng.choice([1, 2, 3]),
                    rng.choice(["2.5", "0.0125", "1.005"]),
                    line_number=number_of_line,
                    is_product=release != "POST",
                )
            )
    return made, owners


def cancelled_in_full(lines: list[Row], owners: dict[str, str | None]) -> dict[tuple[str, dt.date], dt.datetime]:
    """The rule, played out on one stack per buyer and release: what comes back is taken off the top."""
    emptied: dict[tuple[str, str], dt.datetime] = {}
    stacks: dict[tuple[str | None, str], list[list]] = defaultdict(list)
    left: dict[tuple[str, str], int] = defaultdict(int)
    goods = [row for row in lines if row["is_product"] and owners[row["order_id"]]]
    for row in sorted(goods, key=lambda row: (row["ordered_at"], row["quantity"] < 0, row["order_id"])):
        stack = stacks[owners[row["order_id"]], row["release_id"]]
        if row["quantity"] > 0:
            stack.append([row["order_id"], row["quantity"]])
            left[row["order_id"], row["release_id"]] += row["quantity"]
            continue
        back = -row["quantity"]
        while back and stack:
            taken = min(back, stack[-1][1])
            back, stack[-1][1] = back - taken, stack[-1][1] - taken
            sale = stack[-1][0], row["release_id"]
            left[sale] -= taken
            if left[sale] == 0:
                emptied[sale] = row["ordered_at"]
            if stack[-1][1] == 0:
                stack.pop()
    sales = defaultdict(list)
    for row in goods:
        if row["quantity"] > 0:
            sales[row["order_id"], row["order_month"]].append(row)
    return {
        key: max(emptied[row["order_id"], row["release_id"]] for row in of_order)
        for key, of_order in sales.items()
        if all(
            emptied.get((row["order_id"], row["release_id"]), dt.datetime.max.replace(tzinfo=dt.UTC))
            <= row["ordered_at"] + DAY
            for row in of_order
        )
    }


@pytest.fixture(params=range(3))
def built(request, lake: Lake) -> tuple[Lake, list[Row], dict[str, str | None]]:
    lines, owners = orders(request.param)
    write_all(lake, lines, owners)
    build_gold(lake, "run", FACTS)
    return lake, lines, owners


def test_facts_and_marts_equal_a_count_by_hand(built):
    lake, lines, owners = built
    cancelled = cancelled_in_full(lines, owners)
    assert 5 < len(cancelled) < 80
    assert rows(lake, "int_cancelled_order", "order_id, order_month, cancelled_at") == sorted(
        (*key, at) for key, at in cancelled.items()
    )
    days: dict[Any, Any] = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0), set()])
    months: dict[Any, Any] = defaultdict(lambda: [0, 0, set(), set(), 0, 0])
    for row in lines:
        if not row["is_product"]:
            continue
        gross = row["quantity"] > 0 and (row["order_id"], row["order_month"]) not in cancelled
        money = row["quantity"] * row["unit_price"]
        day = days[row["release_id"], row["ordered_at"].date()]
        month = months[row["order_month"]]
        day[1] += row["quantity"]
        day[3] += money
        month[1] += row["quantity"]
        month[4] += max(0, -row["quantity"])
        month[5] += max(0, row["quantity"])
        if gross:
            day[0] += row["quantity"]
            day[2] += money
            day[4].add(row["order_id"])
            month[0] += row["quantity"]
            month[2].add(row["order_id"])
            month[3].update({owners[row["order_id"]]} - {None})
    assert rows(
        lake,
        "fct_sales_day",
        "release_id, sales_date, gross_units, net_units, gross_revenue, net_revenue, gross_orders",
    ) == sorted((*key, *day[:4], len(day[4])) for key, day in days.items())
    assert rows(lake, "mart_sales_overview", "order_month, gross_units, net_units, orders, buyers, return_share") == [
        (month, gross, net, len(ids), len(buyers), pytest.approx(back / sold))
        for month, (gross, net, ids, buyers, back, sold) in sorted(months.items())
    ]


def test_order_lines_keep_every_line_to_the_fourth_decimal(built):
    lake, lines, owners = built
    assert rows(
        lake, "fct_order_line", "order_id, line_number, buyer_id, net_revenue, is_product, order_date"
    ) == sorted(
        (
            row["order_id"],
            row["line_number"],
            owners[row["order_id"]],
            row["quantity"] * row["unit_price"],
            row["is_product"],
            row["ordered_at"].date(),
        )
        for row in lines
    )


def test_every_model_with_logic_has_unit_tests_and_they_pass_on_an_empty_lake(lake: Lake):
    manifest = load_manifest()
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    tables = {node["name"] for node in manifest["nodes"].values() if node["config"].get("materialized") == "delta"}
    histories = {"dim_artist_history", "dim_buyer_history", "dim_release_history"}
    assert tables - tested == {"dim_artist", "dim_buyer", "dim_carrier", "dim_date", "dim_label", *histories}
    done = build_gold(lake, "run", unit_tests=True)
    assert {name for name, table in done.written.items() if table.rows_written} == {"dim_date"}


def test_the_calendar_agrees_with_pythons(lake: Lake):
    build_gold(lake, "run", ["dim_date"])
    calendar = rows(lake, "dim_date")
    first = dt.date(2000, 1, 1)
    assert len(calendar) == (dt.date(2050, 1, 1) - first).days
    for offset, row in enumerate(calendar):
        day = first + dt.timedelta(days=offset)
        iso = day.isocalendar()
        assert row == (
            day, day.year, (day.month + 2) // 3, day.month, day.replace(day=1), iso.year, iso.week, iso.weekday,
            day.strftime("%A"), iso.weekday >= 6, day - dt.timedelta(days=iso.weekday - 1),
            day.year, (day.month + 2) // 3, day.month, day.replace(month=1, day=1),
        )  # fmt: skip


def test_the_fiscal_calendar_begins_where_the_settings_say(lake: Lake):
    build_gold(lake, "run", ["dim_date"])
    april = FiscalCalendar(4, "sunday")
    assert build_gold(lake, "again", ["dim_date"], calendar=april).written["dim_date"].rows_written
    assert not build_gold(lake, "same", ["dim_date"], calendar=april).written["dim_date"].rows_written
    columns = "date_day, week_start, fiscal_year, fiscal_quarter, fiscal_period, fiscal_year_start"
    calendar = rows(lake, "dim_date", columns)
    for day, week_start, *fiscal in calendar:
        began = dt.date(day.year if day.month >= 4 else day.year - 1, 4, 1)
        period = (day.year - began.year) * 12 + day.month - 4 + 1
        assert fiscal == [began.year + 1, [1, 2, 3, 4][(period - 1) // 3], period, began]
        assert week_start.strftime("%A") == "Sunday"
        assert 0 <= (day - week_start).days < 7


def test_every_model_says_its_grain_enforces_its_contract_and_names_its_owner():
    manifest = load_manifest()
    groups = {group["name"]: group["owner"] for group in manifest["groups"].values()}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            assert node["description"].startswith("One row per "), node["name"]
            assert node["contract"]["enforced"], node["name"]
            assert groups[node["config"]["group"]]["name"], node["name"]
            assert all(column["description"] for column in node["columns"].values()), node["name"]
