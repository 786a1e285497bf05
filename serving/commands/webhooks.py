"""`lacquer webhooks`: serve the endpoint until the process is told to end."""

import sys
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on; beyond loopback, behind TLS only.")]
PortOption = Annotated[int, typer.Option("--port", help="Port to listen on.")]


def webhooks(lake: LakeOption = None, host: HostOption = "127.0.0.1", port: PortOption = 8090) -> None:
    """Take the PIM's webhooks at /webhooks/pim, and bring what they tell through to the write-back at once.

    A message is signed with LACQUER_PIM_WEBHOOK_SECRET and says the id, class and event of an object. It is answered
    when it is on record. Then the object is read from the Data Hub and landed, its tables are refreshed, a release is
    forecast with the stored fit, published and written back. It goes on where a killed server was.

    [bold]Examples[/bold]

    lacquer webhooks --port 8090
    """
    from lake.lakehouse import Lake
    from resources.pim.pulling import PimObjects
    from resources.pim.signatures import key_of

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    settings = current_settings(lake=store.root)
    if settings.pim_webhook_secret is None:
        fail("LACQUER_PIM_WEBHOOK_SECRET is not set, and no webhook is taken that is not signed with it")
    with explained(ValueError):
        key, source = key_of(settings.pim_webhook_secret.get_secret_value()), PimObjects.from_settings(settings)
    if source.hub is None:
        fail("a webhook says which object, and the Data Hub what it is: set LACQUER_PIM_URL and LACQUER_PIM_API_KEY")
    import uvicorn

    from assets.pim.objects import pim_classes, tables_by_class
    from definitions import build_definitions
    from serving.runs.execution import dagster_instance
    from serving.webhooks.receiver import PATH, Receiver
    from serving.webhooks.worker import Worker

    _warm()
    with dagster_instance() as instance:
        definitions = build_definitions(settings)
        worker = Worker(store, source, pim_classes(), tables_by_class(), definitions, instance, _say)
        worker.start()
        receiver = Receiver(store, key, tables_by_class(), worker.take)
        _say(f"taking webhooks at http://{host}:{port}{PATH} for {store.root}")
        try:
            uvicorn.run(receiver.app(), host=host, port=port, log_level="warning", access_log=False)
        finally:
            worker.stop()


def _warm() -> None:
    """Import now what the first webhook would wait for."""
    import deltalake  # noqa: F401
    import duckdb  # noqa: F401
    import lightgbm  # noqa: F401
    import polars  # noqa: F401


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
