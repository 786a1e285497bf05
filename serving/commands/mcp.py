"""`lacquer mcp`: the Model Context Protocol server for assistants."""

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from serving.accounts.identity import Identity
    from serving.api.services import Services

HttpOption = Annotated[bool, typer.Option("--http", help="Serve streamable HTTP at /mcp instead of standard input.")]
HostOption = Annotated[str, typer.Option("--host", help="Address to listen on; beyond loopback, behind TLS only.")]
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")]
ServedOption = Annotated[
    list[str] | None,
    typer.Option("--served-as", metavar="HOST", help="A further value of the header Host, as behind a proxy."),
]
KEY = "LACQUER_API_KEY"


def mcp(
    lake: LakeOption = None,
    http: HttpOption = False,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8001,
    served_as: ServedOption = None,
) -> None:
    """Serve questions, metrics, tools and search to assistants by the Model Context Protocol.

    Over standard input the assistant starts this command; with LACQUER_API_KEY it has the permissions and labels of
    that key, without it the whole lake, as lacquer sql has. Over HTTP each request sends a key, which lacquer keys
    makes.
    Actions are proposed, and done by the tool confirm only, with the permissions of the key; without a key none is.
    Needs make serve-tools.

    [bold]Examples[/bold]

    lacquer mcp

    LACQUER_API_KEY=lq_... lacquer mcp --lake /srv/lake

    lacquer mcp --http --port 8001
    """
    if find_spec("mcp") is None or find_spec("metricflow") is None:
        fail("the packages of the server are not installed: make serve-tools")
    from lake.lakehouse import Lake
    from serving.api.services import Services

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.root.is_dir():
        fail(f"no lake at {store.root}: build one with lacquer run --lake {store.root}")
    with explained(ValueError):
        services = Services.of(current_settings(lake=store.root))
    services.publications.start()
    try:
        if http:
            _serve_http(services, host, port, served_as or [])
        else:
            _serve_stdio(services)
    finally:
        services.close()


def _serve_stdio(services: "Services") -> None:
    from serving.mcp.access import set_asking
    from serving.mcp.server import create_mcp

    set_asking(_holder(services))
    create_mcp(services.publications, services.metric_layer, services).run("stdio")


def _holder(services: "Services") -> "Identity":
    from serving.mcp.access import LOCAL

    key = os.environ.get(KEY)
    if not key:
        return LOCAL
    found = services.identity_of_key(key)
    if found is None:
        fail(f"{KEY} holds no valid key: lacquer keys lists them")
    return found


def _serve_http(services: "Services", host: str, port: int, served_as: list[str]) -> None:
    import uvicorn

    from serving.mcp.http import http_app
    from serving.mcp.server import create_mcp

    hosts = [f"{host}:{port}", f"localhost:{port}", *served_as]
    origins = [f"http://{one}" for one in hosts[:2]] + [f"https://{one}" for one in served_as]
    app = http_app(create_mcp(services.publications, services.metric_layer, services), services, hosts, origins)
    print(f"serving {services.lake.root} at http://{host}:{port}/mcp (Ctrl-C ends it)", file=sys.stderr, flush=True)
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, log_level="warning")
