"""Prometheus scrapes a real server with the rules of infra/, and Alertmanager sends its alert to a receiver."""

import datetime as dt
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import serving_lake
from tests.needs import need, need_packages, need_program

pytestmark = pytest.mark.heavy
INFRA = Path(__file__).resolve().parents[3] / "infra" / "prometheus"
WITHIN_S = 120


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def comes(what: Callable[[], Any]) -> Any:
    """Ask until there is an answer."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        try:
            if found := what():
                return found
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"nothing came within {WITHIN_S} s")


def asked(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.loads(answer.read())


@contextmanager
def program(folder: Path, *command: str) -> Iterator[None]:
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


class Receiver(ThreadingHTTPServer):
    """Keeps the alerts that Alertmanager sends."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        self.server.alerts.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def lacquer_server(root: Path, port: int) -> Iterator[str]:
    """A server over a lake whose last run has failed; the key that reads its metrics."""
    import uvicorn

    from lake.journals.runs import record_run
    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.server import create_server

    lake = serving_lake.build(root)
    record_run(lake, "r-failed", "none", dt.datetime.now(dt.UTC), 1.0, "failure", {})
    app = create_server(Settings(lake=lake.root))
    services = app.state.services
    key = create_key(services.database, services.hasher, "prometheus", ["read", "runs"], None, "test")[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield key
    finally:
        server.should_exit = True
        thread.join()
        services.close()


def test_a_failed_run_reaches_whoever_is_on_call(tmp_path: Path) -> None:
    need_packages("fastapi", "uvicorn", "prometheus_client", target="serve-tools")
    prometheus = need_program("prometheus")
    alertmanager = need(
        shutil.which("prometheus-alertmanager") or shutil.which("alertmanager"),
        "no Alertmanager on this machine: apt-get install prometheus-alertmanager",
    )
    api, scraper, manager = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        receiver = Receiver()
        stack.enter_context(serving(receiver))
        key = stack.enter_context(lacquer_server(tmp_path / "lake", api))
        home = tmp_path / "alertmanager"
        home.mkdir()
        route = {"receiver": "on-call", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"}
        hook = {"name": "on-call", "webhook_configs": [{"url": f"http://127.0.0.1:{receiver.server_address[1]}/"}]}
        (home / "config.yml").write_text(yaml.safe_dump({"route": route, "receivers": [hook]}))
        listens = f"--web.listen-address=127.0.0.1:{manager}"
        options = (f"--config.file={home}/config.yml", f"--storage.path={home}/data", "--cluster.listen-address=")
        stack.enter_context(program(home, alertmanager, listens, *options))

        home = tmp_path / "prometheus"
        home.mkdir()
        config = yaml.safe_load((INFRA / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(INFRA / "rules.yml")]
        config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{manager}"]}]}]}
        (scrape,) = config["scrape_configs"]
        (home / "key").write_text(key)
        scrape["authorization"]["credentials_file"] = str(home / "key")
        scrape["static_configs"] = [{"targets": [f"127.0.0.1:{api}"]}]
        (home / "config.yml").write_text(yaml.safe_dump(config))
        listens = f"--web.listen-address=127.0.0.1:{scraper}"
        storage = f"--storage.tsdb.path={home}/data"
        stack.enter_context(program(home, prometheus, listens, f"--config.file={home}/config.yml", storage))

        query = f"http://127.0.0.1:{scraper}/api/v1/query?query="
        (up,) = comes(lambda: [one for one in asked(f"{query}up")["data"]["result"] if one["value"][1] == "1"])
        assert up["metric"]["job"] == "lacquer"
        (rows,) = comes(
            lambda: asked(f"{query}lacquer_table_rows%7Btable%3D%22gold%2Fdim_release%22%7D")["data"]["result"]
        )
        assert rows["value"][1] == "4"
        alert = comes(
            lambda: next((a for a in receiver.alerts if a["labels"]["alertname"] == "LacquerRunFailed"), None)
        )
        assert alert["labels"]["severity"] == "critical"
        assert alert["annotations"]["runbook"] == "docs/how-to/deploy.md#a-run-failed"
