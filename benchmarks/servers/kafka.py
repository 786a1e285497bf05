"""A Kafka broker (KRaft, one node), with or without SASL and TLS, and what a test asks of it."""

import base64
import subprocess
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.servers.certificates import PASSWORD as STORE_PASSWORD
from benchmarks.servers.certificates import Certificates
from benchmarks.servers.java import JavaServer, ServerFailedError, free_ports

USER, PASSWORD = "reader", "reader-password"
_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners={name}://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={name}://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name={name}
listener.security.protocol.map={name}:{name},CONTROLLER:PLAINTEXT
log.dirs={folder}/data
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=2
background.threads=2
log.cleaner.dedupe.buffer.size=4194304
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
"""
_SASL = """sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.{listener}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
  username="broker" password="broker-password" user_broker="broker-password" user_{user}="{password}";
"""
_TLS = """ssl.keystore.type=PKCS12
ssl.keystore.location={certificates.keys}
ssl.keystore.password={password}
ssl.key.password={password}
ssl.truststore.type=PKCS12
ssl.truststore.location={certificates.trusted}
ssl.truststore.password={password}
"""


class Broker(JavaServer):
    """A broker with its data in ``folder``; a killed one starts again with what it had."""

    def __init__(self, folder: Path, *, sasl: bool = False, tls: Certificates | None = None) -> None:
        super().__init__(folder)
        self.port, controller = free_ports(2)
        name = ("SASL_" if sasl else "") + ("SSL" if tls else "PLAINTEXT")
        text = _PROPERTIES.format(name=name, port=self.port, controller=controller, folder=folder)
        self._properties = folder / "server.properties"
        if sasl:
            text += _SASL.format(user=USER, password=PASSWORD, listener=name.lower())
        if tls:
            text += _TLS.format(certificates=tls, password=STORE_PASSWORD)
        self._properties.write_text(text)
        self.options: dict[str, str | int] = {"bootstrap.servers": self.address, "log_level": 0}
        self.options["security.protocol"] = name.lower()
        if tls:
            self.options["ssl.ca.location"] = str(tls.authority)
        if sasl:
            self.options |= {"sasl.mechanism": "PLAIN", "sasl.username": USER, "sasl.password": PASSWORD}

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> "Broker":
        """Format the data folder where it is new, and start; it answers when this returns."""
        if not (self.folder / "data").exists():
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            tool = self.command(
                "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._properties)
            )
            made = subprocess.run(tool, capture_output=True, timeout=60)
            if made.returncode:
                raise ServerFailedError(made.stdout.decode() + made.stderr.decode())
        self.launch("kafka.Kafka", str(self._properties), ready=lambda log: "Kafka Server started" in log)
        return self

    def create(self, topic: str, partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        """Make a topic; its name."""
        from confluent_kafka.admin import AdminClient, NewTopic

        admin = AdminClient(dict(self.options))
        admin.create_topics([NewTopic(topic, partitions, 1, config=dict(config or {}))])[topic].result(30)
        for _ in range(100):  # a broker lists a topic some moments after it has made it
            if admin.list_topics(topic, timeout=10).topics[topic].error is None:
                return topic
            time.sleep(0.1)
        raise ServerFailedError(f"the broker does not list topic {topic}, which it has made")

    def send(self, topic: str, values: Iterable[bytes | None], **more: Any) -> None:
        """Send messages and wait until the broker has them; ``more`` is what ``produce`` takes besides."""
        from confluent_kafka import Producer

        producer = Producer({**self.options, "linger.ms": 5, "enable.idempotence": True})
        for value in values:
            while True:
                try:
                    producer.produce(topic, value, **more)
                    break
                except BufferError:
                    producer.poll(0.05)
        if producer.flush(60):
            raise ServerFailedError(f"{topic}: the broker did not take every message")
