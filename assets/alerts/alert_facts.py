"""What alert rules see of each release and day, known at the end of that day.

One row per release and day, of the last 60 days. A feed has rows of its own, `feed:plays`, so have the house's shares
of the market, `market:chart` and `market:offers`, and categories, `category:Rock`. Windows of 3, 7, 14 and 28 days
end with the day; what is expected or before ends before them. A fact is null where it is not known.
"""

from assets.derived import Input, derived_table
from assets.triggers.daily_sql import DAILY_SQL, MONEY_SQL
from assets.triggers.market_sql import CATEGORIES_SQL, FORECASTS_SQL
from assets.triggers.triggers import SCORED_DAYS
from lake.contract import Column, Contract

DESCRIPTIONS = {
    "units_7": "gross units of 7 days",
    "units_28": "gross units of 28 days",
    "expected_7": "mean week of the four weeks before the last",
    "units_3": "gross units of 3 days",
    "expected_3": "by the mean of the 56 days before, times market_factor",
    "demand_noise_3": "its standard deviation, by the release's own days and the lumpiness of all",
    "orders_3": "orders of 3 days",
    "orders_expected_3": "likewise",
    "market_factor": "what all releases did in 3 days against their own means, 0.5 to 2",
    "returns_7": "units that came back in 7 days",
    "returns_expected_7": "by the share of the eight weeks before",
    "price": "list price",
    "price_change_1d": "its change since the day before, as a share",
    "unit_price": "revenue per unit over the last 90 days",
    "unit_margin": "what is left of it after the cost to buy",
    "revenue_28": "units of 28 days at that price",
    "available": "units on hand less reserved",
    "incoming": "units on order at suppliers",
    "stock_days": "days that the available units last at the pace of 28 days",
    "competitor_price": "lowest competitor price of the last 14 days that has one",
    "competitor_price_change_7d": "its change over 7 days, as a share",
    "competitor_cuts_14d": "days in 14 on which it fell by over 1%",
    "competitor_price_7d_ago": "the same 7 days ago",
    "competitors": "most sellers seen on a day, over 3 days",
    "competitors_before": "most sellers seen on a day, over the 21 days before the last 7",
    "competitors_new": "sellers seen for the first time",
    "competitor_days_before": "days with a seller, over the 28 days before the last 2",
    "competitor_silent_days": "days in a row without a seller",
    "rating_7": "mean rating of 7 days, of 5",
    "rating_before": "mean rating of the 28 days before, of 5",
    "rating_noise": "standard error of rating_7",
    "rating_count_7": "reviews of 7 days",
    "rating_count_before": "reviews of the 28 days before",
    "bad_reviews_7": "reviews of two stars or fewer in 7 days",
    "bad_reviews_before": "the same in the 28 days before",
    "chart_rank": "best chart rank",
    "chart_rank_before": "the same 7 days ago",
    "plays": "plays of the day, where they are a trigger",
    "plays_expected": "what was expected",
    "plays_ratio": "plays per expected play",
    "plays_sigmas": "deviation in robust standard deviations",
    "mentions": "mentions of the day, where they are a trigger",
    "mentions_expected": "what was expected",
    "mentions_ratio": "mentions per expected mention",
    "mentions_sigmas": "deviation in robust standard deviations",
    "competitor_rating": "rating of competitors' offers, of the last 14 days that has one",
    "competitor_rating_7d_ago": "the same 7 days ago",
    "price_7d_ago": "list price 7 days ago",
    "margin_share_28": "what is left of the revenue of 28 days after the cost to buy, as a share",
    "margin_share_before": "the same of the 56 days before",
    "forecast_sold": "units since the newest origin that is 7 to 30 days old",
    "forecast_expected": "P50 of the forecast for these days",
    "forecast_low": "P10 of it",
    "forecast_high": "P90 of it",
    "share": "of the market: our mean share of 7 days",
    "share_before": "of the market: the same of the 28 days before",
    "share_noise": "of the market: standard deviation of such means in the past",
    "trend_units_28": "of a category: units of 28 days",
    "trend_expected_28": "of a category: units of the 28 days before, times what all categories did",
    "trend_noise_28": "of a category: standard deviation of that",
    "season_expected_28": "of a category: units of the same 28 days a year before, times its growth since",
    "season_noise_28": "of a category: standard deviation of that",
    "silent_days": "of a feed: days in a row without data, where nearly every day had some",
}
FACTS = Contract(
    name="alert_facts",
    layer="gold",
    grain="one row per release and day",
    key=("release_id", "ds"),
    columns=(
        Column("release_id", "string", "the release, or feed:NAME, market:NAME, category:NAME"),
        Column("ds", "date", "the day"),
        *(Column(name, "float64", words, nullable=True) for name, words in DESCRIPTIONS.items()),
    ),
)

alert_facts = derived_table(
    FACTS,
    inputs={
        "daily": Input.sql(DAILY_SQL),
        "prices": Input.sql(MONEY_SQL),
        "triggers": Input.table("gold/triggers"),
        "categories": Input.sql(CATEGORIES_SQL),
        "forecasts": Input.sql(FORECASTS_SQL),
    },
    compute="ml.alerts.facts:alert_facts",
    parameters={"days": SCORED_DAYS},
    group="alerts",
    description=__doc__,
)
