"""Jobs: which assets are run together, by the command line, by schedules and by hand."""

from dagster import AssetKey, AssetSelection, define_asset_job

from assets.bronze.audio_files import GROUP as AUDIO_GROUP
from assets.forecasts.recipes import REFIT_TAG
from assets.generation.generated_assets import GROUP as GENERATION_GROUP
from assets.generation.publishing import publish_approved
from assets.governance.approval import promote_model
from assets.governance.search import search_model
from assets.maintenance import maintenance
from assets.outside import GROUP as OUTSIDE_GROUP
from assets.pages.report import REPORT
from assets.partial import SIGNALS, VIEWS, tags_for_set
from assets.pim.objects import GROUP as PIM_GROUP
from assets.publishing import PUBLISHED
from assets.quality.suite_checks import CHECKS, QUALITY
from assets.totals.seasonality import GROUP as SEASONALITY_GROUP

_OUTSIDE = AssetSelection.groups(OUTSIDE_GROUP)
_PIM = AssetSelection.groups(PIM_GROUP)
_AUDIO = AssetSelection.groups(AUDIO_GROUP)
_SIGNALS = AssetSelection.assets(*(AssetKey(key.split("/")) for key in (*SIGNALS, *VIEWS)))
_SEASONALITY = AssetSelection.groups(SEASONALITY_GROUP)
_GENERATION = AssetSelection.groups(GENERATION_GROUP)
_MAIN = AssetSelection.all() - _OUTSIDE - _PIM - _SEASONALITY - _GENERATION - CHECKS
# Without audio: a thousand songs take hours, and what there is to sell is forecast every morning.
MAIN = define_asset_job(
    "main",
    selection=_MAIN - _AUDIO,
    description="Land, bronze, silver, gold, forecast, publish, write back.",
)
AUDIO = define_asset_job(
    "audio",
    selection=_AUDIO | AssetSelection.assets(PUBLISHED),
    description="Look into the audio inbox, hear what is new, publish it; gold takes it up with the next main job.",
)
MAIN_WITH_AUDIO = define_asset_job(
    "main_with_audio",
    selection=_MAIN,
    description="The main job with the audio inbox before gold: `lacquer run` where LACQUER_INBOX is set.",
)
SIGNALS_JOB = define_asset_job(
    "signals",
    selection=_SIGNALS | AssetSelection.assets(PUBLISHED),
    tags=tags_for_set(SIGNALS),
    description="Signals, reviews and competitors' prices up to the alerts, published beside a whole run.",
)
# By itself: one song with a model takes longer than the whole main job.
GENERATION = define_asset_job(
    "generation",
    selection=_GENERATION | AssetSelection.assets(PUBLISHED),
    description="Make drafts of the generation requests that wait, and publish them for a person to decide.",
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
# By itself: a season hardly moves in a day, and Prophet takes a minute for what the main job does in seconds.
SEASONALITY = define_asset_job(
    "seasonality",
    selection=_SEASONALITY | AssetSelection.assets(PUBLISHED, REPORT),
    description="Take the seasons of categories apart with Prophet, publish them and draw them on the forecast's page.",
)
# The same as the main job; the tag makes the forecast fit anew however young its last fit is.
RETRAIN = define_asset_job(
    "retrain",
    selection=_MAIN - _AUDIO,
    tags={REFIT_TAG: "true"},
    description="Fit the forecast anew, register the fit, review the challenger, forecast and publish.",
)
MAINTENANCE = maintenance

JOBS = (
    *(MAIN, SIGNALS_JOB, AUDIO, MAIN_WITH_AUDIO, GENERATION, OUTSIDE, PIM, SEASONALITY, RETRAIN, MAINTENANCE, QUALITY),
    promote_model,
    publish_approved,
    search_model,
)
