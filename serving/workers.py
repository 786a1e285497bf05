"""Serve by several processes that share a port: each an application of its own over the same lake and database.

What two workers must agree on lies in the lake or the operational database, so no session sticks to a worker: each
follows the publications, and an acknowledgement that one writes reaches the browsers of all. A worker that ends is
replaced. Each writes its metrics to a folder that all share, so `/v1/metrics` of any of them is that of all, also of
those that have ended. Rate limits are counted per worker unless LACQUER_RATE_STORAGE names a shared storage.
"""

import os
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fastapi import FastAPI

    from resources.settings import Settings
    from serving.server import Only

_ONLY = "LACQUER_SERVED_PART"  # how the parent process says it to its workers
APPLICATION = "serving.workers:worker_application"


def serve_in_workers(settings: "Settings", only: "Only | None", host: str, port: int, count: int) -> None:
    """Serve until the process is ended.

    Args:
        settings: of the installation.
        only: the part that is served; None: all.
        host: address to listen on.
        port: port to listen on.
        count: of processes.
    """
    import uvicorn

    from resources.settings import PROJECT_ROOT

    os.environ |= {"LACQUER_LAKE": str(settings.lake), "LACQUER_PUBLIC_URL": settings.public_url, _ONLY: only or ""}
    with TemporaryDirectory(prefix="lacquer-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        uvicorn.run(
            APPLICATION, factory=True, app_dir=str(PROJECT_ROOT), workers=count, host=host, port=port,
            access_log=False, server_header=False, log_level="warning",
        )  # fmt: skip


def worker_application() -> "FastAPI":
    """The application of one worker, as the parent process describes it in the environment."""
    from resources.settings import Settings
    from serving.server import create_server

    settings = Settings()
    if settings.log_format == "json":
        from serving.telemetry.logs import log_as_json

        log_as_json()
    return create_server(settings, cast("Only | None", os.environ.get(_ONLY) or None))
