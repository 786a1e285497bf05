"""Drawings have their points where the values are."""

import datetime as dt
import re

from ml.reporting.trends import columns, short, trend
from serving.web.formats import change, day, money, number, share


def test_a_column_is_as_high_as_its_value() -> None:
    days = [dt.date(2026, month, 1) for month in (1, 2, 3)]
    drawn = str(columns(days, [50.0, 100.0, 0.0], "units", str))
    heights = [float(one) for one in re.findall(r'<rect [^>]*height="([\d.]+)"', drawn)]
    assert heights == [88.0, 176.0, 0.0]  # 176 of 220 are between the margins, and the axis ends at 100


def test_the_line_of_the_year_before_ends_at_the_newest_week() -> None:
    weeks = [dt.date(2026, 1, 5) + dt.timedelta(days=7 * k) for k in range(4)]
    drawn = str(trend(weeks, [1.0, 2.0, 3.0, 4.0], [4.0, 4.0], ("now", "before")))
    before = re.search(r'class="before" d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)"', drawn)
    assert before is not None
    assert [float(one) for one in before.groups()] == [384.0, 14.0, 548.0, 14.0]


def test_numbers_and_days() -> None:
    assert [short(one) for one in (12, 3400, 1_250_000)] == ["12", "3.4k", "1.25M"]
    assert (number(1234.5, "en", 1), number(1234.5, "de", 1), number(None, "de")) == ("1,234.5", "1.234,5", "–")
    assert (money(1234.5, "en", "EUR"), money(1234.5, "de", "EUR")) == ("1,234.50 EUR", "1.234,50 EUR")
    assert (share(0.125, "en"), share(0.125, "de")) == ("12.5%", "12,5 %")
    assert (change(-0.1, "en"), change(0.1, "de"), change(None, "en")) == ("−10.0%", "+10,0 %", "–")
    assert (day(dt.date(2026, 3, 1), "en"), day(dt.date(2026, 3, 1), "de")) == ("1 Mar 2026", "01.03.2026")
