"""The brokers and topics that the settings name, and how they are reached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from resources.settings import Settings

if TYPE_CHECKING:
    from lake.ingest.streams.messages import Partition
    from resources.streams.reader import KafkaReader

UNSET = "no topics are read: set LACQUER_KAFKA_BROKERS, and LACQUER_KAFKA_SIGNALS, _FEEDBACK or _ERP"
NOT_INSTALLED = "the Kafka client is not installed: make streams"
# What the client keeps in memory ahead of the reader, and how long it waits for a broker.
CLIENT_OPTIONS: dict[str, str | int | bool] = {
    "enable.auto.commit": False,
    "isolation.level": "read_committed",
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 100,
    "queued.max.messages.kbytes": 65_536,
    "queued.min.messages": 100_000,
    "log_level": 0,
}


@dataclass(frozen=True)
class Streams:
    """The topics of each stream; without brokers there are none.

    Attributes:
        topics: by stream (``signals``, ``feedback``, ``erp``), its topics.
        options: of the client: brokers and security.
        group: prefix of the consumer groups.
        tables_file: how topics of the ERP encode their columns.
    """

    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    group: str = "lacquer"
    tables_file: Path | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Streams":
        """The topics that the settings name.

        Raises:
            ValueError: topics without brokers, or SASL without user and password.
        """
        named = {"signals": settings.kafka_signals, "feedback": settings.kafka_feedback, "erp": settings.kafka_erp}
        topics = {stream: names for stream, names in named.items() if names}
        if topics and settings.kafka_brokers is None:
            raise ValueError("topics are set, but no brokers: set LACQUER_KAFKA_BROKERS")
        if settings.kafka_brokers is None:
            return cls()
        return cls(topics, _client_options(settings), settings.kafka_group, settings.kafka_tables)

    def missing(self, stream: str) -> str | None:
        """What has to be set or installed before the stream can be read; None when all is there."""
        if not self.topics.get(stream):
            return UNSET
        return NOT_INSTALLED if find_spec("confluent_kafka") is None else None

    def open(
        self,
        stream: str,
        positions: "Callable[[list[Partition]], dict[Partition, int]]",
        *,
        shared: bool = False,
        skip_expired: bool = False,
    ) -> "KafkaReader":
        """A reader of the stream's topics; close it.

        Args:
            stream: ``signals``, ``feedback`` or ``erp``.
            positions: answers the next offset of partitions, which the lake knows.
            shared: whether the partitions are shared with the other readers of the group.
            skip_expired: whether to go on where messages have expired before they were read.
        """
        from resources.streams.reader import KafkaReader

        options = {**CLIENT_OPTIONS, **self.options, "group.id": f"{self.group}.{stream}"}
        return KafkaReader(options, self.topics[stream], positions, shared=shared, skip_expired=skip_expired)


def _client_options(settings: Settings) -> dict[str, str]:
    """Brokers and security as librdkafka calls them."""
    options = {"bootstrap.servers": settings.kafka_brokers or "", "security.protocol": settings.kafka_security}
    if settings.kafka_security.startswith("sasl"):
        if settings.kafka_user is None or settings.kafka_password is None:
            raise ValueError(
                f"LACQUER_KAFKA_SECURITY is {settings.kafka_security}: "
                "set LACQUER_KAFKA_USER and LACQUER_KAFKA_PASSWORD"
            )
        options |= {
            "sasl.mechanism": settings.kafka_mechanism,
            "sasl.username": settings.kafka_user,
            "sasl.password": settings.kafka_password.get_secret_value(),
        }
    files = {
        "ssl.ca.location": settings.kafka_ca,
        "ssl.certificate.location": settings.kafka_certificate,
        "ssl.key.location": settings.kafka_key,
    }
    return options | {name: str(file) for name, file in files.items() if file is not None}
