"""`lacquer serve`: the API and the dashboard over the published state."""

import sys
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from fastapi import FastAPI


class Part(StrEnum):
    """What a server can be limited to."""

    api = "api"
    web = "web"
    forecast = "forecast"
    decision = "decision"


HostOption = Annotated[str, typer.Option("--host", help="Address to listen on; beyond loopback, behind TLS only.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")]
TenantsOption = Annotated[bool, typer.Option("--tenants", help="Serve every tenant, told apart by host or API key.")]
OnlyOption = Annotated[Part | None, typer.Option("--only", help="Serve only this part, as a service of its own.")]
WorkersOption = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Processes that share the port; no sticky sessions needed.")
]


def serve(
    lake: LakeOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    only: OnlyOption = None,
    tenants: TenantsOption = False,
    workers: WorkersOption = 1,
) -> None:
    """Serve the published state: the dashboard for people, the REST API under /v1 for programs.

    A new publication is visible within two seconds. At the first start a link is printed by which the first
    administrator makes an account, and invites others. Programs send an API key, which lacquer keys makes. Settings:
    LACQUER_PUBLIC_URL, LACQUER_RATE_LIMIT and others, in .env.example. Needs make serve-tools.

    [bold]Examples[/bold]

    lacquer serve --port 8000

    lacquer serve --only api --host 0.0.0.0

    lacquer serve --only forecast --port 8001

    lacquer serve --workers 3

    lacquer serve --tenants

    curl -H "X-API-Key: lq_..." http://127.0.0.1:8000/v1/forecast/R000397
    """
    if find_spec("fastapi") is None:
        fail("the packages of the server are not installed: make serve-tools")
    if tenants and workers > 1:
        fail("--tenants serves in one process; leave --workers out, or start a server per tenant")
    if tenants:
        _serve_tenants(host, port, only)
        return
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.root.is_dir():
        fail(f"no lake at {store.root}: build one with lacquer run --lake {store.root}")
    settings = current_settings(lake=store.root)
    if "public_url" not in settings.model_fields_set:
        settings = current_settings(lake=store.root, public_url=f"http://{host}:{port}")
    from serving.server import create_server

    with explained(ValueError):
        app = create_server(settings, only=only.value if only else None)
    _say(f"serving {store.root} at http://{host}:{port} (Ctrl-C ends it)")
    _invite(app, only)
    if workers == 1:
        _listen(app, settings.log_format, host, port)
        return
    app.state.services.close()
    from serving.workers import serve_in_workers

    serve_in_workers(settings, only.value if only else None, host, port, workers)


def _serve_tenants(host: str, port: int, only: Part | None) -> None:
    """Serve every tenant in one process."""
    from resources.tenants import all_tenants, tenants_folder
    from serving.tenancy import TenantServer

    found = all_tenants()
    if not found:
        fail(f"no tenant in {tenants_folder()}: make one with lacquer tenants add NAME")
    with explained(ValueError):
        server = TenantServer.of(found, only.value if only else None)
    for name, app in server.apps.items():
        _say(f"serving tenant {name} at {app.state.services.settings.public_url}")
        _invite(app, only)
    formats = {app.state.services.settings.log_format for app in server.apps.values()}
    _listen(server, "json" if "json" in formats else "text", host, port)


def _listen(app: Any, log_format: str, host: str, port: int) -> None:
    """Serve until the process is ended; one process writes one log."""
    import uvicorn

    logs: dict[str, Any] = {"log_level": "warning"}
    if log_format == "json":
        from serving.telemetry.logs import log_as_json

        log_as_json()
        logs = {"log_config": None}
    uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, **logs)


def _invite(app: "FastAPI", only: Part | None) -> None:
    """Print the link by which the first administrator makes an account, where nobody has one."""
    from serving.accounts.invitations import first_admin_token

    services = app.state.services
    if only in (None, Part.web) and (token := first_admin_token(services.database, services.hasher)):
        place = f"{services.settings.public_url}/welcome?token={token}"
        _say(f"nobody has an account yet; make the administrator's: {place}")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
