"""The price list as it was known: what holds, what is announced and what is a promotion, against SQL and by hand."""

import math
from datetime import date, timedelta

import polars as pl
import pytest

from ml.forecasting.facts import Facts
from ml.forecasting.features import HORIZONS, feature_frame
from ml.forecasting.surroundings import PRICE_WINDOWS
from tests.unit.ml.conftest import START
from tests.unit.ml.sql_oracle import ask
from tests.unit.ml.test_features import assert_columns_equal

ORIGINS = (START + timedelta(days=100), START + timedelta(days=430), START + timedelta(days=559))

# The list as it stood at the end of the origin: a step per series and day, the mean of its markets' steps.
STEPS = """
with stood as (from prices where known_on <= $origin and (until is null or until > $origin)),
each as (select unique_id, ds, log_price - lag(log_price) over (partition by unique_id, market order by ds) as step
         from stood),
steps as (select unique_id, ds, coalesce(avg(step), 0) as step, from each group by all),
listed as (select distinct unique_id from steps where ds <= $origin)
"""


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_price_in_force_against_its_mean(sales: pl.DataFrame, facts: Facts, origin: date) -> None:
    """Day by day: the logarithm of the price on each day of the window is the sum of the steps up to it."""
    means = ", ".join(
        f"(max(level) filter (where day = $origin)) - avg(level) filter (where day > $origin - {w}) as price_now_{w}"
        for w in PRICE_WINDOWS
    )
    said = ", ".join(f"any_value(m.price_now_{w}) as price_now_{w}" for w in PRICE_WINDOWS)
    query = f"""{STEPS},
    days as (select cast(unnest(generate_series($origin - 363, $origin, interval 1 day)) as date) as day),
    levels as (
        select l.unique_id, d.day, coalesce(sum(p.step), 0) as level
        from listed l cross join days d left join steps p on p.unique_id = l.unique_id and p.ds <= d.day group by 1, 2
    ),
    changed as (select unique_id, date_diff('day', max(ds), $origin) as price_days
                from steps where ds <= $origin group by 1)
    select s.unique_id, {said}, any_value(c.price_days) as price_days
    from (select distinct unique_id from sales where ds <= $origin) s
    left join (select unique_id, {means} from levels group by 1) m using (unique_id)
    left join changed c using (unique_id) group by 1 order by 1
    """
    oracle = ask(query, sales, origin, prices=facts.prices)  # type: ignore[arg-type]
    assert_columns_equal(feature_frame(sales, origin, facts=facts), oracle)


@pytest.mark.parametrize("horizon", HORIZONS)
@pytest.mark.parametrize("origin", ORIGINS[:2])
def test_what_the_list_announces(sales: pl.DataFrame, facts: Facts, origin: date, horizon: int) -> None:
    """Day by day of the horizon: the planned price against today's, and whether a promotion is under way."""
    query = f"""{STEPS},
    ends as (select *, lead(step) over own as next_step, lead(ds) over own as next_ds from steps
             window own as (partition by unique_id order by ds)),
    promotions as (select * from ends where step < -1e-9 and next_step > 1e-9 and next_ds - ds <= 56),
    days as (select cast(unnest(generate_series($origin + 1, $origin + {horizon}, interval 1 day)) as date) as day),
    planned as (
        select l.unique_id, d.day,
               (select coalesce(sum(step), 0) from steps p
                where p.unique_id = l.unique_id and p.ds > $origin and p.ds <= d.day) as moved,
               (select max(-step) from promotions p
                where p.unique_id = l.unique_id and p.ds <= d.day and p.next_ds > d.day) as reduction
        from listed l cross join days d
    )
    select s.unique_id, avg(moved) as price_plan_{horizon}, avg((reduction is not null)::int) filter (moved is not null)
           as promotion_share_{horizon}, avg(reduction) as promotion_depth_{horizon}
    from (select distinct unique_id from sales where ds <= $origin) s left join planned using (unique_id)
    group by 1 order by 1
    """
    oracle = ask(query, sales, origin, prices=facts.prices)  # type: ignore[arg-type]
    assert (oracle[f"price_plan_{horizon}"].fill_null(0) != 0).sum() >= 2
    assert_columns_equal(feature_frame(sales, origin, facts=facts), oracle)


def test_an_announced_promotion_by_hand() -> None:
    """10 a unit; on day 380, 8 until day 393, said on day 350; on day 360 it is said that 8 begins on day 385."""
    first, eight, ten = START + timedelta(days=340), math.log(8.0), math.log(10.0)
    rows = [(0, 0, None, ten), (380, 350, 360, eight), (385, 360, None, eight), (394, 350, None, ten)]
    day = {k: START + timedelta(days=k) for k in range(400)} | {None: None}
    prices = pl.DataFrame(
        [("R", "DE", day[ds], day[known], day[until], price) for ds, known, until, price in rows],
        schema={"unique_id": str, "market": str, "ds": date, "known_on": date, "until": date, "log_price": float},
        orient="row",
    )
    sales = pl.DataFrame({"unique_id": "R", "ds": [START, first], "y": 1.0, "revenue": 10.0})

    def planned(at: int) -> list[float | None]:
        frame = feature_frame(sales, day[at], facts=Facts(prices=prices))  # type: ignore[arg-type]
        return frame.select("price_plan_60", "promotion_share_60", "promotion_depth_60").row(0)  # type: ignore[return-value]

    cut = math.log(10 / 8)
    assert planned(349) == (0.0, 0.0, None), "nobody has said anything"
    assert planned(350) == pytest.approx((-cut * 14 / 60, 14 / 60, cut))
    assert planned(360) == pytest.approx((-cut * 9 / 60, 9 / 60, cut)), "corrected: from the day it was, no earlier"
    assert planned(390) == pytest.approx((cut * 57 / 60, 3 / 60, cut)), "under way: it ends after three more days"
    assert planned(394) == (0.0, 0.0, None)
