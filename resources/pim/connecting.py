"""The PIM that the settings name: a Data Hub where its address and key are set, files where they are not."""

from typing import TYPE_CHECKING

from resources.pim.assets import AssetFolder, AssetStore, DataHubAssets
from resources.pim.data_hub import DataHub
from resources.pim.export_files import ExportFiles
from resources.pim.graphql import GraphQL
from resources.pim.write_back import DataHubReleases
from resources.pim.writing import Pim
from resources.settings import Settings

if TYPE_CHECKING:
    from resources.web.caller import WebCaller

UNSET = "set LACQUER_PIM_URL and LACQUER_PIM_API_KEY to read Pimcore's Data Hub"


def data_hub(settings: Settings) -> DataHub | None:
    """The Data Hub of the settings; nothing is sent before it is asked something.

    Raises:
        ValueError: an address without a key, or with one in it.
    """
    url, key = settings.pim_url, settings.pim_api_key
    if url is None:
        return None
    if key is None:
        raise ValueError("LACQUER_PIM_URL is set and LACQUER_PIM_API_KEY is not: the Data Hub takes no request without")
    if "apikey=" in url:
        raise ValueError("LACQUER_PIM_URL holds a key, which logs would show: give it as LACQUER_PIM_API_KEY")

    def connect() -> "WebCaller":
        from resources.web.caller import WebCaller
        from resources.web.policy import user_agent

        return WebCaller("PIM", user_agent(settings.contact), secret_headers={"X-API-Key": key.get_secret_value()})

    return DataHub(GraphQL(url, connect))


def pim_of(settings: Settings) -> Pim:
    """Where forecasts are written back to."""
    hub = data_hub(settings)
    return DataHubReleases(hub) if hub else ExportFiles(settings.lake / "outbox" / "pim")


def asset_store_of(settings: Settings) -> AssetStore:
    """Where approved assets are published."""
    hub = data_hub(settings)
    return DataHubAssets(hub, settings.pim_assets) if hub else AssetFolder(settings.lake / "outbox" / "pim-assets")
