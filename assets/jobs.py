"""Jobs: which assets are run together, by the command line, by schedules and by hand."""

from dagster import AssetSelection, define_asset_job

from assets.maintenance import maintenance
from assets.outside import GROUP as OUTSIDE_GROUP
from assets.pim.objects import GROUP as PIM_GROUP

_OUTSIDE = AssetSelection.groups(OUTSIDE_GROUP)
_PIM = AssetSelection.groups(PIM_GROUP)
MAIN = define_asset_job(
    "main",
    selection=AssetSelection.all() - _OUTSIDE - _PIM,
    description="Land, bronze, silver, gold, forecast, publish, write back.",
)
OUTSIDE = define_asset_job(
    "outside",
    selection=_OUTSIDE,
    description="Ask the outside sources and land what is new; the landing sensor sees to the rest.",
)
PIM = define_asset_job(
    "pim",
    selection=_PIM,
    description="Read the PIM's Data Hub and land what is new; the landing sensor sees to the rest.",
)
MAINTENANCE = maintenance

JOBS = (MAIN, OUTSIDE, PIM, MAINTENANCE)
