"""Growth actions: the money of each kind by hand, who is never asked, and a list with variety."""

import datetime as dt

import polars as pl
import pytest

from ml.decisions.bundles import PRIOR, bundle_actions
from ml.decisions.growth import (
    ESTIMATORS,
    MOST_PER_RELEASE,
    MOST_PER_TARGET,
    buyer_actions,
    growth_actions,
    market_actions,
    repress_actions,
    repromote_actions,
    return_actions,
)

DAY = dt.date(2026, 1, 1)
NUMBERS = ("unit_margin", "available", "incoming", "units_30", "units_before", "units_p10", "units_p50")


def releases(**rows: tuple[float | None, ...]) -> pl.DataFrame:
    frame = pl.DataFrame(
        [{"release_id": name, **dict(zip(NUMBERS, values, strict=True))} for name, values in rows.items()],
        schema={"release_id": pl.String, **dict.fromkeys(NUMBERS, pl.Float64)},
    )
    return frame.with_columns(as_of=pl.lit(DAY))


def lines(rows: list[tuple[str, str, str, float]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["buyer_id", "release_id", "country", "units"], orient="row")


BUYERS = pl.DataFrame({"buyer_id": ["B1", "B2", "B3"], "probability": [0.5, 0.8, None]})
CATALOGUE = releases(R1=(4.0, 10, 0, 20, 20, 5, 10), R2=(2.0, 10, 0, 20, 20, 5, 10), R3=(9.0, 0, 0, 1, 9, 4, 8))
SOLD = lines([("B1", "R1", "DE", 6.0), ("B1", "R2", "DE", 2.0), ("B2", "R2", "FR", 4.0), ("B3", "R3", "FR", 8.0)])


def offers(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["buyer_id", "release_id"], orient="row").with_columns(reason=pl.lit("has R2"))


def test_an_offer_is_probability_times_penetration_times_line_times_margin() -> None:
    found = buyer_actions(CATALOGUE, SOLD, BUYERS, offers(("B2", "R1"), ("B1", "R1"), ("B3", "R1"), ("B2", "R3")))
    # B1 has R1, nothing is known of B3, R3 is sold out. One of three buyers has R1; B2's line is 4 units.
    assert found.select("release_id", "target").rows() == [("R1", "B2")]
    assert found["money"][0] == pytest.approx(0.8 * (1 / 3) * 4.0 * 4.0)
    assert "33% of active buyers have it" in found["reason"][0]
    assert "has R2" in found["reason"][0]


def test_a_market_is_its_share_elsewhere() -> None:
    sold = lines([("B1", "R1", "DE", 6.0), ("B2", "R1", "FR", 2.0), ("B2", "R2", "FR", 12.0), ("B3", "R2", "IT", 30.0)])
    found = market_actions(CATALOGUE, sold)
    # R1: 8 of the 20 units of DE and FR; Italy buys 30 in 90 days. R2: 42 of the 44 of FR and IT; Germany buys 6.
    money = {(row["release_id"], row["target"]): row["money"] for row in found.iter_rows(named=True)}
    assert money == pytest.approx({("R1", "IT"): 8 / 20 * 10 * 4.0, ("R2", "DE"): 42 / 44 * 2 * 2.0})


def test_a_bundle_is_how_much_more_often_buyers_of_one_have_the_other() -> None:
    both = [(f"B{n}", one, "DE", 2.0) for n in range(6) for one in ("R1", "R2")]
    alone = [(f"B{n}", "R1", "DE", 1.0) for n in range(6, 10)]
    others = [(f"B{n}", "R9", "DE", 1.0) for n in range(10, 20)]
    found = bundle_actions(CATALOGUE, lines(both + alone + others))
    # 10 of 20 have R1, 6 have R2, 6 have both: R2 goes to 4 buyers of R1 who lack it; nobody with R2 lacks R1.
    assert found.select("release_id", "target").rows() == [("R1", "R2")]
    attach = (6 + PRIOR * 0.3) / (10 + PRIOR)
    assert found["money"][0] == pytest.approx(4 * (attach - 0.3) * 2.0 * 2.0 / 3)
    assert found["reason"][0].startswith("6 of 10 buyers have both, 30% of all have R2; 4 lack it")


def test_what_is_sold_out_is_pressed_again_unless_it_is_on_order() -> None:
    found = repress_actions(
        releases(R1=(3.0, 0, 0, 1, 1, 5, 10), R2=(3.0, 0, 50, 1, 1, 5, 10), R3=(3.0, None, None, 1, 1, 5, 10))
    )
    assert found.select("release_id", "money", "confidence").rows() == [("R1", 30.0, 0.5)]


def test_what_has_slowed_and_lies_in_stock_is_promoted_without_money() -> None:
    catalogue = releases(R1=(3.0, 9, 0, 4, 10, 1, 2), R2=(3.0, 0, 0, 4, 10, 1, 2), R3=(3.0, 9, 0, 5, 10, 1, 2))
    assert repromote_actions(catalogue).select("release_id", "money").rows() == [("R1", None)]
    assert ESTIMATORS["repromote"] is None


def test_the_list_is_ranked_varied_and_the_same_again() -> None:
    names = [f"R{n}" for n in range(8)]
    catalogue = releases(
        **{name: (3.0 + n, 5, 0, 2, 20, 5, 10) for n, name in enumerate(names)}, R9=(9, 0, 0, 1, 1, 4, 9)
    )
    sold = lines(
        [(f"B{n}", names[(n * 3 + step) % 8], "DE" if n % 2 else "FR", 2.0) for n in range(40) for step in range(5)]
        + [("B0", "R9", "DE", 1.0)]
    )
    buyers = pl.DataFrame({"buyer_id": [f"B{n}" for n in range(40)], "probability": [0.5] * 40})
    wanted = offers(*((f"B{n}", name) for n in range(40) for name in names))
    found = growth_actions(catalogue, sold, buyers, wanted)
    assert found.equals(growth_actions(catalogue.reverse(), sold.reverse(), buyers, wanted.reverse()))
    assert found["rank"].to_list() == list(range(1, found.height + 1))
    assert found["action_id"].n_unique() == found.height
    assert found.group_by("release_id").len()["len"].max() == MOST_PER_RELEASE
    told = found.filter(pl.col("kind").is_in(["buyer", "bundle"])).group_by("kind", "target").len()
    assert told["len"].max() is not None
    assert max(told["len"]) <= MOST_PER_TARGET
    assert {"buyer", "repress", "repromote"} <= set(found["kind"])
    unknown = found.filter(pl.col("money").is_null())
    assert set(unknown["kind"]) == {"repromote"}
    assert unknown["estimator"].null_count() == unknown.height
    assert unknown["rank"].min() == found.height - unknown.height + 1


def test_nothing_known_is_no_action() -> None:
    nothing = growth_actions(CATALOGUE.clear(), SOLD.clear(), BUYERS.clear(), offers(("B1", "R1")).clear())
    assert nothing.height == 0


def test_a_return_campaign_sells_again_what_usually_comes_back() -> None:
    """60 of 600 units came back, 30 of R1's 150: (30 + 50 x 0.1) / (150 + 50) of the 40 units bought are 7."""
    catalogue = releases(R1=(4.0, 3, 0, 20, 20, 5, 23), R2=(2.0, 90, 0, 20, 20, 5, 10), R3=(9.0, 0, 0, 1, 9, 4, 2))
    past = catalogue.with_columns(
        past_units=pl.Series([150.0, 450.0, None]), past_returns=pl.Series([30.0, 30.0, None])
    )
    sold = lines([("B1", "R1", "DE", 30.0), ("B2", "R1", "FR", 10.0), ("B1", "R3", "DE", 100.0)])
    money = dict(return_actions(past, sold).select("release_id", "money").rows())
    assert money == pytest.approx({"R1": (30 + 50 * 0.1) / 200 * 40 * 4.0, "R3": 2 * 9.0}), "R3 lacks two units only"
    assert not return_actions(catalogue, sold).height, "returns are not known"
