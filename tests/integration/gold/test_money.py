"""Given orders in several currencies and the rates of the days, gold sums up in one, or says why not."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from assets.money_checks import findings
from assets.silver.exchange_rates import EXCHANGE_RATES
from assets.silver.prices import PRICES
from lake.gold.build import GoldBuild
from lake.gold.currency import HouseCurrencyError
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.dbt.runner import build
from resources.lake import LakeResource
from tests.integration.gold.building import FACTS, rows
from tests.integration.gold.silver_tables import CONTRACTS, MERGED, Row, line, order, utc, write, write_all

CONTRACTS |= {contract.name: contract for contract in (EXCHANGE_RATES, PRICES)}
MARCH = dt.date(2011, 3, 1)


def rate(currency: str, day: str, value: str) -> Row:
    return {
        "currency": currency,
        "rate_date": dt.date.fromisoformat(day),
        "rate": Decimal(value),
        "unit": f"{currency}/EUR",
        "stated_at": utc(f"{day}T15:00:00"),
        "source": "ecb",
        "rate_month": dt.date.fromisoformat(day).replace(day=1),
        **MERGED,
    }


def price(value: str, currency: str, country: str = "United Kingdom", valid_from: str = "2011-01-01") -> Row:
    day = dt.date.fromisoformat(valid_from)
    named = {"release_id": "R1", "country": country, "valid_from": day}
    return {**named, "price": Decimal(value), "currency": currency, **MERGED}


def gold(lake: Lake, run_id: str, currency: str | None) -> GoldBuild:
    made = GoldBuild(lake, lake.session(run_id), load_manifest(), list(FACTS), house_currency=currency)
    build(made, made.due()).raise_for_failures()
    return made


def wrong(lake: Lake, allowed: float = 1.0) -> dict[str, str]:
    """What the checks of money find, by name; those that find nothing are left out."""
    return {one.name: one.words for one in findings(lake, lake.versions(), allowed) if one.wrong}


def exact(row: Row, rates: list[Row], house: str) -> Decimal | None:
    """The line's revenue by fractions: through the euro, by the last rate of at most seven days before."""
    amount = row["quantity"] * row["unit_price"]
    if row["currency"] == house:
        return amount
    per_euro = {}
    for currency in {row["currency"], house}:
        age = [
            (one["rate_date"], one["rate"])
            for one in rates
            if one["currency"] == currency and 0 <= (row["ordered_at"].date() - one["rate_date"]).days <= 7
        ]
        if currency != "EUR" and not age:
            return None
        per_euro[currency] = Fraction(1) if currency == "EUR" else Fraction(max(age)[1])
    fourths = Fraction(amount) / per_euro[row["currency"]] * per_euro[house] * 10_000
    whole = int(abs(fourths) + Fraction(1, 2))
    return Decimal(whole if fourths > 0 else -whole) / 10_000


@pytest.fixture(params=["EUR", "GBP", "JPY"])
def mixed(request: pytest.FixtureRequest, lake: Lake) -> tuple[Lake, list[Row], list[Row], str]:
    """Three months of lines in five currencies, of which one has no rates, and rates with weekends and a gap."""
    rng = random.Random(request.param)
    lines = [
        line(
            f"O{number:03}",
            f"2011-{rng.randint(1, 3):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:30:00",
            quantity=rng.choice([-3, -1, 1, 2, 7, 1000]),
            price=rng.choice(["0.0125", "9.99", "12.3456", "1.005", "99999.9999"]),
            currency=rng.choice(["EUR", "GBP", "USD", "JPY", "CHF"]),
        )
        for number in range(300)
    ]
    rates = [
        rate(currency, day.isoformat(), f"{base * rng.uniform(0.9, 1.1):.{places}f}")
        for currency, base, places in (("GBP", 0.85, 5), ("USD", 1.08, 4), ("JPY", 160, 2))
        for day in (dt.date(2011, 1, 3) + dt.timedelta(days=n) for n in range(80))
        if day.weekday() < 5 and not dt.date(2011, 2, 1) <= day <= dt.date(2011, 2, 12)
    ]
    write_all(lake, lines)
    write(lake, "exchange_rates", rates)
    gold(lake, "first", request.param)
    return lake, lines, rates, request.param


def test_each_line_is_converted_exactly_as_fractions_say(mixed: tuple[Lake, list[Row], list[Row], str]) -> None:
    lake, lines, rates, house = mixed
    expected = {row["order_id"]: exact(row, rates, house) for row in lines}
    assert dict(rows(lake, "fct_order_line", "order_id, house_revenue")) == expected
    assert 20 < sum(value is None for value in expected.values()) < 150
    assert rows(lake, "fct_order_line", "distinct house_currency") == [(house,)]
    source = {row["order_id"]: (row["quantity"] * row["unit_price"], row["currency"]) for row in lines}
    stored = rows(lake, "fct_order_line", "order_id, net_revenue, currency")
    assert {key: (net, currency) for key, net, currency in stored} == source


def test_a_day_has_a_sum_where_each_of_its_lines_has_one(mixed: tuple[Lake, list[Row], list[Row], str]) -> None:
    lake, lines, rates, house = mixed
    days: dict[Any, Any] = {}
    for row in lines:
        value, key = exact(row, rates, house), (row["release_id"], row["ordered_at"].date())
        days[key] = None if value is None or days.get(key, 0) is None else days.get(key, 0) + value
    stored = rows(lake, "fct_sales_day", "release_id, sales_date, net_revenue")
    assert {(release, day): net for release, day, net in stored} == days
    without = sum(exact(row, rates, house) is None for row in lines)
    assert wrong(lake)["rates_known"].startswith(f"{without} order lines have no rate")
    assert "CHF" in wrong(lake)["rates_known"]


def test_lines_without_a_rate_warn_up_to_the_allowed_share(mixed: tuple[Lake, list[Row], list[Row], str]) -> None:
    lake = mixed[0]
    assert [one.is_error for one in findings(lake, lake.versions(), 1.0) if one.name == "rates_known"] == [False]
    assert [one.is_error for one in findings(lake, lake.versions(), 0.01) if one.name == "rates_known"] == [True]


def test_a_rate_that_comes_late_rebuilds_its_month_and_the_next_only(lake: Lake) -> None:
    lines = [
        line("O1", "2011-01-05T09:00:00", currency="USD"),
        line("O2", "2011-03-31T09:00:00", currency="USD"),
        line("O3", "2011-04-02T09:00:00", currency="USD", price="5"),
    ]
    write_all(lake, lines)
    write(lake, "exchange_rates", [rate("USD", "2011-01-05", "1.25")])
    gold(lake, "first", "EUR")
    assert rows(lake, "fct_order_line", "order_id, house_revenue") == [("O1", 2), ("O2", None), ("O3", None)]
    write(lake, "exchange_rates", [rate("USD", "2011-03-30", "1.6")], ["2011-03-01"])
    done = gold(lake, "second", "EUR").written["fct_order_line"]
    assert (done.mode, done.months) == ("partitions", (MARCH, dt.date(2011, 4, 1)))
    assert rows(lake, "fct_order_line", "order_id, house_revenue") == [
        ("O1", 2),
        ("O2", Decimal("1.5625")),
        ("O3", Decimal("3.125")),
    ]
    assert {table.mode for table in gold(lake, "third", "EUR").written.values()} == {"skip"}


def test_another_house_currency_builds_all_money_anew(lake: Lake) -> None:
    write_all(lake, [line("O1", "2011-01-05T09:00:00", currency="USD", price="2.5")])
    write(lake, "exchange_rates", [rate("USD", "2011-01-05", "1.25")])
    gold(lake, "first", "EUR")
    assert rows(lake, "fct_sales_day", "net_revenue, currency") == [(2, "EUR")]
    assert gold(lake, "second", "USD").written["fct_order_line"].mode == "full"
    assert rows(lake, "fct_sales_day", "net_revenue, currency") == [(Decimal("2.5"), "USD")]


def test_without_the_setting_one_currency_is_the_house_s_and_several_stop_the_build(lake: Lake) -> None:
    write_all(lake, [line("O1", "2011-01-05T09:00:00", currency="SEK")])
    gold(lake, "first", None)
    assert rows(lake, "fct_order_line", "house_revenue, house_currency") == [(Decimal("2.5"), "SEK")]
    write_all(lake, [line("O1", "2011-01-05T09:00:00", currency="SEK"), line("O2", "2011-01-05T09:00:00")])
    with pytest.raises(HouseCurrencyError, match=r"2 currencies \(1 in GBP, 1 in SEK\).*set LACQUER_HOUSE_CURRENCY to"):
        gold(lake, "second", None)


def test_a_mix_up_of_currencies_is_found_and_named(lake: Lake) -> None:
    """O1 is right; O2's line says EUR where its order says GBP; O3 is a pound's amount labelled EUR throughout."""
    lines = [
        line("O1", "2011-03-01T09:00:00", price="12.99"),
        line("O2", "2011-03-02T09:00:00", price="11.95", currency="EUR"),
        line("O3", "2011-03-03T09:00:00", price="12.99", currency="EUR"),
        line("O4", "2011-03-04T09:00:00", price="1299"),
        line("O5", "2011-03-05T09:00:00", price="6.49"),
    ]
    write_all(lake, lines)
    write(lake, "orders", [order(row, currency="GBP") if row["order_id"] == "O2" else order(row) for row in lines])
    write(lake, "prices", [price("12.99", "GBP"), price("14.99", "EUR", "France")])
    write(lake, "exchange_rates", [rate("GBP", "2011-03-01", "0.85")])
    gold(lake, "first", "EUR")
    found = wrong(lake)
    assert set(found) == {"one_currency_per_order", "prices_agree_with_list"}
    disputed = "1 order lines are in another currency than their order (order O2 line 1 in EUR)"
    assert found["one_currency_per_order"] == disputed
    listed = found["prices_agree_with_list"]
    assert listed.startswith("4 order lines of the last 90 days do not agree")
    assert "order O3 line 1: 12.9900 EUR where the list says 12.9900 GBP" in listed
    assert "order O4 line 1: 1299.0000 GBP" in listed
    assert "order O5 line 1: 6.4900 GBP" in listed
    assert "O1" not in listed


def test_rates_that_are_inverted_or_of_another_unit_leap(lake: Lake) -> None:
    write_all(lake, [line("O1", "2011-03-01T09:00:00", currency="GBP")])
    days = ["2011-03-01", "2011-03-02", "2011-03-03"]
    pounds = [rate("GBP", day, value) for day, value in zip(days, ["0.85", "1.176", "0.851"], strict=True)]
    yen = [rate("JPY", day, value) for day, value in zip(days, ["160", "161", "1.61"], strict=True)]
    write(lake, "exchange_rates", [*pounds, *yen, rate("USD", days[0], "1.08"), rate("USD", days[2], "1.15")])
    gold(lake, "first", "GBP")
    found = wrong(lake)["rates_plausible"]
    assert found.startswith("3 rates of exchange leap")
    for named in ("GBP on 2011-03-02: 1.17600000 after 0.85000000", "JPY on 2011-03-03: 1.61000000 after 161.00000000"):
        assert named in found


def test_a_lake_may_say_its_currency_and_the_setting_wins(tmp_path: Path) -> None:
    silent = LakeResource(root=tmp_path, allowed_bad_share=0, threads=1)
    assert silent.chosen_house_currency() is None
    (tmp_path / "settings.json").write_text('{"house_currency": "SEK"}')
    assert silent.chosen_house_currency() == "SEK"
    assert replace(silent, house_currency="EUR").chosen_house_currency() == "EUR"
    (tmp_path / "settings.json").write_text('{"house_currency": "crowns"}')
    with pytest.raises(ValueError, match="house_currency is 'crowns'; give three capital letters"):
        silent.chosen_house_currency()
