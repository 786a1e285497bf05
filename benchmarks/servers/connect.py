"""Kafka Connect, distributed and exactly once, with Debezium's PostgreSQL connector."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.servers.java import READY_S, JavaServer, ServerFailedError, free_ports

_PROPERTIES = """bootstrap.servers={brokers}
group.id=connect
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
key.converter.schemas.enable=false
value.converter.schemas.enable=false
config.storage.topic=_connect_configs
offset.storage.topic=_connect_offsets
status.storage.topic=_connect_status
config.storage.replication.factor=1
offset.storage.replication.factor=1
status.storage.replication.factor=1
offset.storage.partitions=1
status.storage.partitions=1
offset.flush.interval.ms=1000
listeners=http://127.0.0.1:{port}
plugin.discovery=service_load
exactly.once.source.support=enabled
scheduled.rebalance.max.delay.ms=0
"""


def postgres_connector(port: int, prefix: str, schema: str) -> dict[str, str]:
    """The configuration of a connector that follows a schema, as the how-to page recommends it.

    Heartbeats and ends of transactions come too; the table `debezium_signal` of the schema takes signals.
    """
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        "database.hostname": "127.0.0.1",
        "database.port": str(port),
        "database.user": "postgres",
        "database.password": "unused",
        "database.dbname": "postgres",
        "topic.prefix": prefix,
        "schema.include.list": schema,
        "plugin.name": "pgoutput",
        "slot.name": prefix,
        "publication.name": prefix,
        "publication.autocreate.mode": "filtered",
        "snapshot.mode": "initial",
        "skipped.operations": "none",
        "decimal.handling.mode": "string",
        "time.precision.mode": "isostring",
        "exactly.once.support": "required",
        "poll.interval.ms": "50",
        "heartbeat.interval.ms": "500",
        "provide.transaction.metadata": "true",
        "signal.data.collection": f"{schema}.debezium_signal",
        "topic.creation.default.replication.factor": "1",
        "topic.creation.default.partitions": "4",
    }


class Connect(JavaServer):
    """One worker of a distributed Connect; a killed one goes on when it is started again."""

    def __init__(self, folder: Path, brokers: str) -> None:
        super().__init__(folder)
        (self._port,) = free_ports(1)
        self._properties = folder / "worker.properties"
        self._properties.write_text(_PROPERTIES.format(brokers=brokers, port=self._port))

    def start(self) -> "Connect":
        """Start; its interface answers when this returns."""
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        self.launch(main, str(self._properties), ready=lambda _: self._answers())
        return self

    def run_connector(self, name: str, config: dict[str, str]) -> None:
        """Set up a connector and wait until it runs.

        Raises:
            ServerFailedError: it failed, or took too long.
        """
        self._ask("PUT", f"/connectors/{name}/config", config)
        end, state = time.monotonic() + READY_S, None
        while time.monotonic() < end:
            try:
                state = self._ask("GET", f"/connectors/{name}/status")
            except urllib.error.HTTPError:
                state = None
            tasks = [task["state"] for task in state["tasks"]] if state else []
            if tasks and all(one == "RUNNING" for one in tasks):
                return
            if "FAILED" in tasks:
                break
            time.sleep(0.1)
        raise ServerFailedError(f"connector {name}: {state}")

    def _answers(self) -> bool:
        try:
            self._ask("GET", "/connectors")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")
