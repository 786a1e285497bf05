"""`lacquer spark`: start a standalone cluster or a Spark Connect server of this machine."""

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained

spark = typer.Typer(
    help="""Start Spark's servers here, for runs and forecasts (docs/how-to/run-on-spark.md). Wants `make spark`.

    [bold]Examples[/bold]

    lacquer spark cluster --workers 2

    lacquer spark connect --port 15002
    """,
    no_args_is_help=True,
)
FolderOption = Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where logs and work are kept.")]
MemoryOption = Annotated[str, typer.Option(metavar="SIZE", help="Memory of each worker, or of the server, as 2g.")]
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of loopback to listen on.")]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, max=64, help="Workers, of one core each.")]
MasterOption = Annotated[str, typer.Option("--master", metavar="URL", help="Where the server computes.")]


@spark.command()
def cluster(
    workers: WorkersOption = 2,
    memory: MemoryOption = "1g",
    port: PortOption = 7077,
    folder: FolderOption = Path(".cache/spark/cluster"),
) -> None:
    """Start a standalone cluster, a master and its workers, until Ctrl-C.

    It listens on loopback only and knows no passwords.

    [bold]Examples[/bold]

    lacquer spark cluster --workers 2 --memory 2g

    LACQUER_ENGINE=silver=spark LACQUER_SPARK_MASTER=spark://127.0.0.1:7077 lacquer run
    """
    from resources.spark.servers import cluster as started

    _until_stopped(started(folder.absolute(), port, workers, memory), f"{workers} workers")


@spark.command()
def connect(
    master: MasterOption = "local[*]",
    memory: MemoryOption = "1g",
    port: PortOption = 15002,
    folder: FolderOption = Path(".cache/spark/connect"),
) -> None:
    """Start a Spark Connect server with Delta until Ctrl-C.

    It listens on loopback only and knows no passwords.

    [bold]Examples[/bold]

    lacquer spark connect --port 15002

    LACQUER_ENGINE=silver=spark LACQUER_SPARK_MASTER=sc://127.0.0.1:15002 lacquer run
    """
    from resources.spark.servers import connect_server

    _until_stopped(connect_server(folder.absolute(), port, master, memory), "Spark Connect")


def _until_stopped(server: AbstractContextManager[str], what: str) -> None:
    from resources.spark.session import SparkMissingError

    with explained(SparkMissingError), server as url:
        print(f"{what} at {url} (Ctrl-C ends it): LACQUER_SPARK_MASTER={url}", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("ending")
