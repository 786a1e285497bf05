"""A client of the PIM that stands in, which is not patient."""

from resources.pim.data_hub import DataHub
from resources.pim.graphql import GraphQL
from resources.web.caller import WebCaller
from resources.web.hosts import Hosts
from resources.web.policy import Policy
from tests.pim_server.server import KEY, PimServer

IMPATIENT = Policy(first_pause_s=0.01, longest_pause_s=0.02, read_timeout_s=0.5, breaker_failures=1000)


def hub_of(pim: PimServer, key: str = KEY) -> DataHub:
    """The Data Hub of a running stand-in."""
    return hub_at(pim.url, key)


def hub_at(url: str, key: str = KEY) -> DataHub:
    """The Data Hub at an address."""

    def connect() -> WebCaller:
        return WebCaller("PIM", "Lacquer", IMPATIENT, secret_headers={"X-API-Key": key}, hosts=Hosts())

    return DataHub(GraphQL(url, connect))
