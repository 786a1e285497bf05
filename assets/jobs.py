"""Jobs: which assets are run together, by the command line, by schedules and by hand."""

from dagster import AssetSelection, define_asset_job

from assets.maintenance import maintenance
from assets.outside import GROUP as OUTSIDE_GROUP

_OUTSIDE = AssetSelection.groups(OUTSIDE_GROUP)
MAIN = define_asset_job(
    "main",
    selection=AssetSelection.all() - _OUTSIDE,
    description="Land, bronze, silver, gold, forecast, publish, write back.",
)
OUTSIDE = define_asset_job(
    "outside",
    selection=_OUTSIDE,
    description="Ask the outside sources and land what is new; the landing sensor sees to the rest.",
)
MAINTENANCE = maintenance

JOBS = (MAIN, OUTSIDE, MAINTENANCE)
