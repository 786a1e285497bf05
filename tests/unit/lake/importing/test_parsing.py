"""Single texts as exports write them: numbers, dates, identifiers, and how a column writes its own."""

from decimal import Decimal

import pytest

from lake.importing.dates import DateError, find_formats, parse_moment
from lake.importing.identifiers import IdentifierError, ean13, id_of, isrc, plain_identifier
from lake.importing.numerals import NumberError, NumberFormat, find_currency, find_decimal, parse_number


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1.234,50 €", ",", "1234.50"),
        ("1.234.567", ",", "1234567"),
        ("(12.50)", ".", "-12.50"),
        ("12,50-", ",", "-12.50"),
        ("−3", ".", "-3"),
        ("1'234.50 CHF", ".", "1234.50"),
        ("1 234,5", ",", "1234.5"),
        ("1\u00a0234,56\u202f€", ",", "1234.56"),
        ("$1,234.00", ".", "1234.00"),
        ("12 Stk.", ",", "12"),
        ("EUR 9,-", ",", "9"),
        ("12,50 CR", ",", "-12.50"),
        ("1.5E+3", ".", "1500"),
        ("12,5", "either", "12.5"),
        ("12.5", "either", "12.5"),
        ("1.234,5", "either", "1234.5"),
    ],
)
def test_a_number_is_read_as_it_was_meant(text: str, decimal: str, value: str):
    assert parse_number(text, NumberFormat(decimal)) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("12.5", ","), ("1,5", "."), ("1,234.5", ","), ("1.23.4", ","), ("abc", "."), ("", "."), ("1,2,3", ",")],
)
def test_a_number_of_another_format_is_refused_and_never_scaled(text: str, decimal: str):
    with pytest.raises(NumberError):
        parse_number(text, NumberFormat(decimal))


def test_the_decimal_sign_is_found_where_some_number_settles_it():
    assert find_decimal(["1.234", "12", "7,50"]) == ","
    assert find_decimal(["1,234", "12", "7.5"]) == "."
    assert find_decimal(["1.234.567", "5"]) == ","
    assert find_decimal(["1.234", "999"]) is None


def test_the_currency_is_that_of_most_signs():
    assert find_currency(["9,90 €", "12,00 €", "$5"]) == "EUR"
    assert find_currency(["9.90", "12"]) is None


@pytest.mark.parametrize(
    ("texts", "formats", "moments"),
    [
        (["13.02.2026", "01.03.2026 10:15"], ["%d.%m.%Y"], ["2026-02-13T00:00:00", "2026-03-01T09:15:00"]),
        (["2026-03-01T10:15:00+01:00"], ["%Y-%m-%d"], ["2026-03-01T09:15:00"]),
        (["12. März 2026", "3. Mai 2026"], ["%d %b %Y"], ["2026-03-12T00:00:00", "2026-05-03T00:00:00"]),
        (["12 févr. 2026", "3 août 2026"], ["%d %b %Y"], ["2026-02-12T00:00:00", "2026-08-03T00:00:00"]),
        (["Mar 5, 2026"], ["%b %d %Y"], ["2026-03-05T00:00:00"]),
        (["05-Mar-26"], ["%d-%b-%y"], ["2026-03-05T00:00:00"]),
        (["46082", "46082.5"], ["excel"], ["2026-03-01T00:00:00", "2026-03-01T11:00:00"]),
        (["20260301"], ["%Y%m%d"], ["2026-03-01T00:00:00"]),
        (["3/14/2026 5:06 PM", "1/2/2026 1:00 AM"], ["%m/%d/%Y"], ["2026-03-14T16:06:00", "2026-01-02T00:00:00"]),
        (["1772360100"], ["unix"], ["2026-03-01T10:15:00"]),
        (["13.02.2026", "2026-02-14"], ["%d.%m.%Y", "%Y-%m-%d"], ["2026-02-13T00:00:00", "2026-02-14T00:00:00"]),
    ],
)
def test_dates_are_found_and_moments_of_the_zone_become_utc(texts: list[str], formats: list[str], moments: list[str]):
    found, settled = find_formats(texts, named_so=True)
    assert (sorted(found), settled) == (sorted(formats), True)
    parsed = [parse_moment(text, found, "Europe/Berlin")[0] for text in texts]
    assert [f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in parsed] == moments


def test_a_day_without_a_time_stays_that_day_whatever_the_zone():
    assert parse_moment("01.03.2026", ["%d.%m.%Y"], "Pacific/Auckland")[0].isoformat() == "2026-03-01T00:00:00+00:00"


def test_day_and_month_that_could_be_swapped_are_not_settled():
    assert find_formats(["1/2/2026"]) == (["%d/%m/%Y"], False)
    assert find_formats(["1/2/2026"], month_first=True) == (["%m/%d/%Y"], False)
    assert find_formats(["1/2/2026", "13/2/2026"], month_first=True) == (["%d/%m/%Y"], True)


def test_two_digits_of_a_year_lie_between_1950_and_2049():
    assert parse_moment("31.12.49", ["%d.%m.%y"])[0].year == 2049
    assert parse_moment("31.12.75", ["%d.%m.%y"])[0].year == 1975


def test_a_date_of_another_format_is_refused():
    with pytest.raises(DateError, match="is no date like"):
        parse_moment("31/12/2026", ["%m/%d/%Y"])


def test_eans_keep_their_check_digit_and_get_their_zeros_back():
    assert ean13("4006381333931") == ean13("4,006381333931E+12") == ean13("4006381-333931") == "4006381333931"
    assert ean13("036000291452") == ean13("36000291452") == "0036000291452"
    for wrong in ("4006381333932", "12345", "40063813339E1", "4,00638E+12"):
        with pytest.raises(IdentifierError):
            ean13(wrong)


def test_isrcs_lose_their_hyphens_only():
    assert isrc("gb-ayE-06-01498") == "GBAYE0601498"
    with pytest.raises(IdentifierError, match="is no ISRC"):
        isrc("GBAYE060149")


def test_an_identifier_in_scientific_notation_is_taken_only_with_all_its_digits():
    assert plain_identifier("1.2345E+4") == "12345"
    assert plain_identifier('="00123"') == "00123"
    with pytest.raises(IdentifierError, match="lost its last digits"):
        plain_identifier("1.23E+7")


def test_the_same_name_has_the_same_identifier_whatever_its_accents():
    assert id_of("Björk") == id_of(" BJÖRK ") == "bjork"
    assert id_of("東京事変") == id_of("東京事変 ") != id_of("東京")
