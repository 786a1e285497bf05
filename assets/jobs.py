"""Jobs: which assets are run together, by the command line, by schedules and by hand."""

from dagster import AssetSelection, define_asset_job

from assets.maintenance import maintenance

MAIN = define_asset_job(
    "main",
    selection=AssetSelection.all(),
    description="Land, bronze, silver, gold, forecast, publish, write back.",
)
MAINTENANCE = maintenance

JOBS = (MAIN, MAINTENANCE)
