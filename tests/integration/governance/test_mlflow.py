"""The registry mirrored to a real MLflow server on SQLite; losing it loses nothing."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resources.mlflow_mirror import mirror
from tests.integration.governance.toy import MODEL, START, candidate, registry_at
from tests.needs import need_packages

pytestmark = pytest.mark.heavy


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """MLflow's tracking server, as `make mlflow` starts it."""
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder)]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | quiet, stdout=log, stderr=log)
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/health", timeout=2).close()
                    break
                except (urllib.error.URLError, OSError):
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def test_mlflow_shows_what_the_lake_holds_and_can_be_made_again(tmp_path: Path) -> None:
    need_packages("mlflow", target="models")
    from mlflow import MlflowClient

    registry = registry_at(tmp_path / "lake")
    parameters = {"trees": 60, "settings": {"leaves": 15}}
    metrics = {"all": {"loss": 1.25}}
    registry.submit(candidate("a", 0, parameters=parameters, metrics=metrics, card="# Card"), "run", START)
    registry.submit(candidate("b", 1), "run", START)
    events = registry.events(MODEL)
    for store in ("first", "second"):  # the second is what comes after the first was lost
        with server(tmp_path / store) as address:
            assert mirror(registry, address) == {"versions": 2, "aliases": 2}
            assert mirror(registry, address) == {"versions": 0, "aliases": 0}
            client = MlflowClient(address, address)
            champion = client.get_model_version_by_alias("lacquer-toy", "champion")
            assert champion.tags["lacquer.version"] == "1"
            assert champion.description == "# Card"
            assert champion.run_id is not None
            run = client.get_run(champion.run_id)
            assert run.data.params == {"trees": "60", "settings.leaves": "15"}
            assert run.data.metrics == {"all.loss": 1.25}
            assert run.data.tags["lacquer.artefact_sha256"] == registry.version(MODEL, 1)["artefact_sha256"]
            assert client.get_model_version_by_alias("lacquer-toy", "challenger").tags["lacquer.version"] == "2"
            if store == "second":
                registry.promote(MODEL, 2, by="Ada", why="w", at=START)
                assert mirror(registry, address) == {"versions": 0, "aliases": 2}
                assert client.get_model_version_by_alias("lacquer-toy", "champion").tags["lacquer.version"] == "2"
    assert registry.events(MODEL)[: len(events)] == events
