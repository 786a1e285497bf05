"""`lacquer trino`: start a Trino server here, and register what a lake has published."""

from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

trino = typer.Typer(
    help="""Ask the published tables through Trino.

    [bold]Examples[/bold]

    lacquer trino start --port 8080

    lacquer trino register --server http://127.0.0.1:8080 --lake lakes/demo
    """,
    no_args_is_help=True,
)
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of loopback to listen on.")]
ServerOption = Annotated[str, typer.Option("--server", metavar="URL", help="Address of Trino.")]
CatalogOption = Annotated[
    str, typer.Option("--catalog", metavar="NAME", help="Trino's catalog, of the Delta Lake connector.")
]
FolderOption = Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where configuration and views are kept.")]


@trino.command()
def start(port: PortOption = 8080, folder: FolderOption = Path(".cache/trino/home")) -> None:
    """Start Trino on this machine until Ctrl-C. Wants `make trino`.

    It listens on loopback only and knows no passwords: for a server that others use, take Trino's own installation and
    the catalog file that this command writes as a model.

    [bold]Examples[/bold]

    lacquer trino start --port 8080
    """
    from resources.trino.server import TrinoMissingError, wait_until_ready
    from resources.trino.server import start as start_server

    with explained(TrinoMissingError):
        process = start_server(folder.absolute(), port)
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}", folder / "server.log")
            print(f"Trino answers at http://127.0.0.1:{port} (Ctrl-C ends it)", flush=True)
            process.wait()
        except KeyboardInterrupt:
            print("ending")
        finally:
            process.terminate()
            process.wait()


@trino.command()
def register(
    lake: LakeOption = None, server: ServerOption = "http://127.0.0.1:8080", catalog: CatalogOption = "lake"
) -> None:
    """Make each published table a view of Trino, at its published version: lake.gold.forecasts, lake.silver.orders.

    Run it again after a publication: the views move to the new versions.

    [bold]Examples[/bold]

    lacquer trino register --lake lakes/demo --server http://127.0.0.1:8080
    """
    from lake.lakehouse import Lake
    from resources.trino.client import TrinoError, execute
    from resources.trino.registering import register as register_tables

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    versions = store.published()
    if not versions:
        fail(f"nothing is published in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    with explained(TrinoError):
        made = register_tables(lambda sql: execute(server.rstrip("/"), sql), store.root, versions, catalog)
    print(f"{made:,} views in {server}: ask {catalog}.gold.forecasts, {catalog}.silver.orders and so on")
