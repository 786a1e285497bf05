"""`lacquer serve`: the API and the dashboard over the published state."""

import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on; beyond loopback, behind TLS only.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")]


def serve(lake: LakeOption = None, host: HostOption = "127.0.0.1", port: PortOption = 8000) -> None:
    """Serve the published state: the REST API under /v1.

    A new publication is visible within two seconds. Clients send an API key, which lacquer keys makes. Settings:
    LACQUER_PUBLIC_URL, LACQUER_RATE_LIMIT and others, in .env.example. Needs make serve-tools.

    [bold]Examples[/bold]

    lacquer serve --port 8000

    curl -H "X-API-Key: lq_..." http://127.0.0.1:8000/v1/forecast/R000397
    """
    if find_spec("fastapi") is None:
        fail("the packages of the server are not installed: make serve-tools")
    import uvicorn

    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.root.is_dir():
        fail(f"no lake at {store.root}: build one with lacquer run --lake {store.root}")
    settings = current_settings(lake=store.root)
    from serving.api.app import create_app

    app = create_app(settings)
    print(f"serving {store.root} at http://{host}:{port}/v1 (Ctrl-C ends it)", file=sys.stderr, flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)
