"""What `lacquer forecast` makes of dates, names and words that are slightly off: the right thing, or one clear line."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import Result

Lacquer = Callable[..., Result]
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(60)]
RESERVED = ("end", "series", "step", "first", "end_right", "step_right", "y_right")


def write(path: Path, ds: Sequence[object], unique_id: str = "a", **columns: Sequence[object]) -> Path:
    y = [10 + n % 7 for n in range(len(ds))] if "y" not in columns else columns.pop("y")
    frame = pl.DataFrame(
        {"unique_id": [unique_id] * len(ds), "ds": [str(one) for one in ds], "y": y, **columns}, strict=False
    )
    frame.write_csv(path)
    return path


def forecast(lacquer: Lacquer, path: Path, *more: object, freq: str = "D") -> Result:
    return lacquer("forecast", path, "--freq", freq, "--horizons", "3", "--out", path.with_name("out.csv"), *more)


@pytest.mark.parametrize(("ds", "words"), [
    (["Jan 2020", "Feb 2020"], "'Jan 2020', which is no date"),
    (["2020-01", "2020-02"], "'2020-01', which is no date"),
    (["2020Q1", "2020Q2"], "'2020Q1', which is no date"),
    (["0.0", "1.0"], "'0.0', which is no date"),
    (["03/01/2024", "03/02/2024"], "'03/01/2024', in which day and month cannot be told apart"),
    (["01.02.2024", "02.02.2024"], "'01.02.2024', in which day and month cannot be told apart"),
])  # fmt: skip
def test_a_date_that_cannot_be_read_is_named(lacquer: Lacquer, tmp_path: Path, ds: list[str], words: str) -> None:
    answer = forecast(lacquer, write(tmp_path / "in.csv", ds), freq="MS")

    assert answer.exit_code == 1
    assert words in answer.stderr
    assert "write 2026-03-01" in answer.stderr


@pytest.mark.parametrize("form", ["{} 00:00:00+02:00", "{}T00:00:00+0200", "{} 00:00:00-05:00"])
def test_days_with_an_offset_are_the_days_of_their_zone(lacquer: Lacquer, tmp_path: Path, form: str) -> None:
    answer = forecast(lacquer, write(tmp_path / "in.csv", [form.format(day) for day in DAYS]))

    assert answer.exit_code == 0, answer.output
    assert pl.read_csv(tmp_path / "out.csv")["ds"][0] == str(DAYS[-1] + timedelta(days=1))


def test_a_covariate_may_have_any_name(lacquer: Lacquer, tmp_path: Path) -> None:
    promo = [n % 5 == 0 for n in range(63)]
    days = [*DAYS, *(DAYS[-1] + timedelta(days=n) for n in (1, 2, 3))]
    made = []
    for name in ("promo", *RESERVED):
        path = write(tmp_path / "in.csv", DAYS, **dict[str, Any]({name: promo[:60]}))
        future = tmp_path / "future.csv"
        pl.DataFrame({"unique_id": ["a"] * 3, "ds": [str(one) for one in days[60:]], name: promo[60:]}).write_csv(
            future
        )
        answer = forecast(lacquer, path, "--future", future)
        assert answer.exit_code == 0, answer.output
        made.append((tmp_path / "out.csv").read_bytes())
    assert made == [made[0]] * len(made)


@pytest.mark.parametrize(("past", "ahead", "words"), [
    ("yes", "YES", "'promo' has 'YES' after the origin and 'yes' before it"),
    ("yes", "1", "has words"),
    ("1", "yes", "has numbers"),
])  # fmt: skip
def test_words_ahead_are_written_as_in_the_past(
    lacquer: Lacquer, tmp_path: Path, past: str, ahead: str, words: str
) -> None:
    no = "0" if past == "1" else "no"
    path = write(tmp_path / "in.csv", DAYS, promo=[past if n % 5 == 0 else no for n in range(60)])
    future = tmp_path / "future.csv"
    future.write_text(
        "unique_id,ds,promo\n" + "".join(f"a,{DAYS[-1] + timedelta(days=n)},{ahead}\n" for n in (1, 2, 3))
    )
    answer = forecast(lacquer, path, "--future", future)

    assert answer.exit_code == 1
    assert "column 'promo'" in answer.stderr
    assert "write both alike" in answer.stderr


def test_a_word_that_the_past_lacks_counts_as_the_commonest(lacquer: Lacquer, tmp_path: Path) -> None:
    path, made = write(tmp_path / "in.csv", DAYS, promo=["yes" if n % 5 == 0 else "no" for n in range(60)]), []
    future = tmp_path / "future.csv"
    for word in ("tv", "no"):
        rows = "".join(f"a,{DAYS[-1] + timedelta(days=n)},{word}\n" for n in (1, 2, 3))
        future.write_text(f"unique_id,ds,promo\n{rows}")
        answer = forecast(lacquer, path, "--future", future)
        assert answer.exit_code == 0, answer.output
        assert ("note: column 'promo' has 'tv' after the origin only; it counts as 'no'" in answer.stderr) == (
            word == "tv"
        )
        made.append((tmp_path / "out.csv").read_bytes())
    assert made[0] == made[1]


def test_series_without_a_forecast_are_named(lacquer: Lacquer, tmp_path: Path) -> None:
    empty = write(tmp_path / "empty.csv", DAYS[:5], unique_id="b", y=[None] * 5)
    late = write(tmp_path / "late.csv", DAYS[50:], unique_id="c")
    path = write(tmp_path / "in.csv", DAYS)
    path.write_text(path.read_text() + "".join(one.read_text().partition("\n")[2] for one in (empty, late)))
    answer = forecast(lacquer, path, "--origin", DAYS[30])

    assert answer.exit_code == 0, answer.output
    assert "note: 2 series have no y up to the origin, left out: b, c" in answer.stderr


def test_an_output_never_overwrites_an_input(lacquer: Lacquer, tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", DAYS)
    before = path.read_bytes()
    for out in (path, tmp_path / "." / "in.csv"):
        answer = lacquer("forecast", path, "--freq", "D", "--horizons", "3", "--out", out)
        assert (answer.exit_code, path.read_bytes()) == (1, before)
        assert "this file is read" in answer.stderr
    past = write(tmp_path / "next-backtest.csv", DAYS)
    before = past.read_bytes()
    asked = ("--freq", "D", "--horizons", "3", "--backtest", "1", "--out", tmp_path / "next.csv")
    assert lacquer("forecast", past, *asked).exit_code == 1
    assert past.read_bytes() == before


def test_what_no_file_can_hold_is_refused_and_long_names_work(lacquer: Lacquer, tmp_path: Path) -> None:
    far = [date(9999, 12, 29) - timedelta(days=n) for n in range(60)]
    answer = forecast(lacquer, write(tmp_path / "far.csv", far))
    assert (answer.exit_code, "beyond the year 9999" in answer.stderr) == (1, True)

    answer = forecast(
        lacquer, write(tmp_path / "inf.csv", DAYS, price=[float("inf") if n == 9 else 1.0 for n in range(60)])
    )
    assert (answer.exit_code, "'price' is infinite in series 'a'" in answer.stderr) == (1, True)

    out = tmp_path / ("n" * 245 + ".csv")
    path = write(tmp_path / "in.csv", DAYS)
    assert lacquer("forecast", path, "--freq", "D", "--horizons", "3", "--out", out).exit_code == 0
    assert out.exists()
