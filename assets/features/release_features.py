"""One row per release and origin: what the forecast's model sees of the release, and what lies outside of the shop.

The origins are those of the backtest and the newest day of each run; a row holds what was known at the end of its
origin, and once another day has come it stays as it is. When the code of the features changes, all of them are computed
anew. To train on it, join it by `ml.features.asof` as of the day after its origin.
"""

from assets.derived import Input, derived_table
from assets.features.outside_sql import FACTS_SQL
from assets.forecasts.inputs import FACTS, SALES_AND_CATALOGUE
from lake.contract import Column, Contract

# The features by their descriptions, in the order of the model's columns; a test holds them to what `ml` computes.
FEATURES = {
    "Units of the last w days, null while the data is younger than w; `units_all` over all `days_known` days": (
        "units_7 days_in_stock_7 units_14 days_in_stock_14 units_28 days_in_stock_28 units_30 "
        "days_in_stock_30 units_60 days_in_stock_60 units_90 days_in_stock_90 units_182 days_in_stock_182 "
        "units_364 days_in_stock_364 units_all days_known"
    ),
    ("Units of the same days one year (52 weeks) before each target window, scaled up where some were out of stock"): (
        "units_last_year_30 units_last_year_60 units_last_year_90"
    ),
    "Days since the last and the first sale; days with sales in the last w days; spread of daily units": (
        "recency_days age_days active_days_28 active_days_90 active_days_182 daily_sd_182"
    ),
    "Mean revenue per unit over the last 28 and 90 days and over all days; null without units": (
        "price_28 price_90 price_all"
    ),
    "All series together: daily units of 28 over 90 days; how the market moved after this day one year before": (
        "market_momentum market_season_30 market_season_60 market_season_90"
    ),
    "Position in the year of the middle of each target window, and its share of days from October to December": (
        "season_sin_30 season_cos_30 autumn_share_30 season_sin_60 season_cos_60 autumn_share_60 "
        "season_sin_90 season_cos_90 autumn_share_90"
    ),
    ("Days since the release (negative before it), list price, category codes, the artist's other units of 90 days"): (
        "release_age_days list_price genre format artist_other_units_90"
    ),
    "Logarithm of the list price in force against its mean over the last w days; days since it last changed": (
        "price_now_28 price_now_90 price_now_364 price_days"
    ),
    ("Announced prices: the mean logarithm of the planned list price over the next h days against the one in force"): (
        "price_plan_30 price_plan_60 price_plan_90 promotion_share_30 promotion_share_60 promotion_share_90 "
        "promotion_depth_30 promotion_depth_60 promotion_depth_90"
    ),
    "Units ordered before the release came out, and how many buyers ordered them; null where nobody could": (
        "pre_ordered_units pre_order_buyers"
    ),
    "Plays and mentions that became known in the last 28 and 90 days; null where a series has had none": (
        "plays_28 plays_90 mentions_28 mentions_90"
    ),
    ("Median tempo (BPM) and loudness (LUFS) of its tracks as first heard; null before the day of that analysis"): (
        "heard_bpm heard_lufs"
    ),
    (
        "How many other releases of the artist came out in the last 365 days, and the mean units of all in the last 364"
    ): ("artist_releases_365 artist_mean_units_364"),
    (
        "Mean units per day, over the last 90 days and over their first 90, of the similar releases "
        "that had sold by then"
    ): ("similar_units_90 similar_first_units_90"),
    "Logarithm of the list price over the lowest price of a competitor in the last 28 days": (
        "competitor_price_gap_28"
    ),
    "Competitors that offered the release in the last 28 days": ("competitors_28"),
    "Competitors whose last observation in the last 28 days was that they are out of stock": ("competitors_out_28"),
    "Mean rating of the last 90 days, as a share of the best possible": ("rating_90"),
    "Mean rating of the last 28 days less that of the last 90": ("rating_trend"),
    "Sum of 101 less the position over the chart entries of the last 28 days": ("chart_points_28"),
    "Mean temperature of the last 7 days over the places that are observed, in degrees Celsius": ("temperature_7"),
    "Newest inflation that was known, mean over regions, in per cent": ("inflation_known"),
    "Days to the next public holiday of any region": ("days_to_holiday"),
}
RELEASE_FEATURES = Contract(
    name="release_features",
    layer="gold",
    grain="one row per release and origin",
    key=("release_id", "origin"),
    partition_by=("origin",),
    columns=(
        Column("release_id", "string", "the release"),
        Column("origin", "date", "last day whose sales were known"),
        *(Column(name, "float64", said, nullable=True) for said, names in FEATURES.items() for name in names.split()),
    ),
    owner="team:data-science",
)

release_features = derived_table(
    RELEASE_FEATURES,
    inputs={**SALES_AND_CATALOGUE, "outside": Input.sql(FACTS_SQL), **FACTS},
    compute="ml.features.tables:release_rows",
    by_origin=True,
    threads=True,
    group="features",
    description=__doc__,
)
