"""Rates come as signals, keep every decimal, and are refused when they are not what they say."""

from pathlib import Path
from typing import Any

from assets.bronze.signal_events import signal_events
from assets.silver.exchange_rates import exchange_rates
from tests.unit.silver.landed import ask, letters, take_in


def rate(value: Any, currency: str = "USD", at: str = "2026-03-02T15:00:00Z", **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"{currency}-{at}-{value}",
        "kind": "exchange_rate",
        "entity_type": "currency",
        "entity_id": currency,
        "value": value,
        "unit": f"{currency}/EUR",
        "occurred_at": at,
        "source": "ecb",
        **more,
    }


def take(root: Path, events: list[dict[str, Any]], name: str = "one") -> dict[str, Any]:
    return take_in(root, "signals", events, signal_events, exchange_rates, name=name)


def test_a_rate_is_a_decimal_and_the_day_s_last_word_counts(tmp_path: Path) -> None:
    take(
        tmp_path,
        [
            rate("1.0831", at="2026-03-02T16:00:00+01:00"),
            rate("1.0823", at="2026-03-02T14:00:00Z"),
            rate(17654.32, "IDR"),
            rate("0.12345678", "XDR", at="2026-03-01T23:30:00-02:00"),
            {**rate("41", "USD"), "kind": "plays"},
        ],
    )
    take(tmp_path, [rate("1.09", at="2026-03-02T14:59:00Z")], name="two")
    assert ask(
        tmp_path, "select currency, rate_date::text, rate::text, rate_month::text from silver.exchange_rates order by 1"
    ) == [
        ("IDR", "2026-03-02", "17654.32000000", "2026-03-01"),
        ("USD", "2026-03-02", "1.08310000", "2026-03-01"),
        ("XDR", "2026-03-02", "0.12345678", "2026-03-01"),
    ]
    assert letters(tmp_path) == []


def test_what_is_no_rate_per_euro_is_a_dead_letter(tmp_path: Path) -> None:
    done = take(
        tmp_path,
        [
            rate("0.9240", unit="EUR/USD"),
            rate("1.08", "usd"),
            rate("1", "EUR"),
            rate("0"),
            rate("-1.08"),
            rate("1,08"),
            rate("NaN"),
            rate("1.08", unit=None),
            rate("1.0823", "GBP"),
        ],
    )
    assert (done["rows_in"], done["rows_out"], done["dead_letters"]) == (9, 1, 8)
    assert letters(tmp_path) == [
        ("currency is no ISO 4217 code of three capital letters", "usd"),
        ("missing required value unit", None),
        ("rate is no decimal(18, 8)", "1,08"),
        ("rate is no decimal(18, 8)", "NaN"),
        ("rate is not above 0", "-1.08"),
        ("rate is not above 0", "0"),
        ("the euro needs no rate: it is one", "EUR"),
        ("the rate is not said to be in units of the currency for one euro", "EUR/USD"),
    ]
