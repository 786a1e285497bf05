"""A topic that is read again gives bronze what it lacks, and nothing twice; a broker with SASL is read like others."""

import datetime as dt
import tempfile
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from assets.bronze.streaming import read_into_bronze, table_of
from benchmarks.servers.certificates import make_certificates
from benchmarks.servers.kafka import PASSWORD, USER, Broker
from lake.ingest.balance import balance
from lake.ingest.landing.ledger import read_ledger
from lake.ingest.streams.ingest import Bounds
from lake.lakehouse import Lake
from resources.settings import Settings
from resources.streams.connecting import Streams
from resources.streams.reader import BrokersUnreachableError
from resources.streams.reading import reread_topic
from serving.commands.replay_topic import where

pytestmark = pytest.mark.heavy


def test_what_was_lost_comes_again_and_nothing_twice(broker, topic, event, tmp_path: Path) -> None:
    lake, name = Lake(tmp_path), topic(2)
    streams = Streams({"signals": (name,)}, {key: str(value) for key, value in broker.options.items()}, name)
    early = int(time.time() * 1000) - 60_000  # of today, or the broker's retention may remove them under the test
    broker.send(name, map(event, range(100)), partition=0, timestamp=early)
    broker.send(name, map(event, range(100, 200)), partition=1, timestamp=early + 4_000)
    broker.send(name, [b"{half"], partition=1, timestamp=early + 4_000)
    read_into_bronze(streams, lake, "signals", Bounds())
    broker.send(name, map(event, range(200, 210)), partition=0)
    contract, door = table_of("signals")
    table = lake.table(contract)

    def again(begin: int | dt.datetime) -> tuple[int, int, int, int]:
        done = reread_topic(streams, lake, name, contract, door, begin)
        return done.messages, done.known, done.rows, done.dead

    assert again(0) == (201, 201, 0, 0)
    assert again(90) == (21, 21, 0, 0)
    assert again(dt.datetime.fromtimestamp(early / 1000 + 2, dt.UTC)) == (101, 101, 0, 0)
    table.snapshot().delete("batch_line < 10")
    assert again(0) == (201, 181, 20, 0)
    assert balance(lake, table, table.version(), read_ledger(lake, table)) == (201, 200, 1)
    assert again(0) == (201, 201, 0, 0)
    assert read_into_bronze(streams, lake, "signals", Bounds()).rows == 10
    assert table.row_count() == 210


def test_from_is_an_offset_or_a_moment() -> None:
    assert where("17") == 17
    assert where("2026-03-29") == dt.datetime(2026, 3, 29, tzinfo=dt.UTC)
    with pytest.raises(ValueError, match="--from soon: give an offset"):
        where("soon")


def guarded(
    brokers: str, topic: str, password: str, security: str = "sasl_plaintext", authority: Path | None = None
) -> Streams:
    return Streams.from_settings(
        Settings(
            _env_file=None,
            kafka_brokers=brokers,
            kafka_signals=(topic,),
            kafka_security=security,
            kafka_ca=authority,
            kafka_user=USER,
            kafka_password=SecretStr(password),
        )
    )


def test_a_broker_with_sasl(event, broker, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="lacquer-kafka-") as folder:
        server = Broker(Path(folder), sasl=True).start()
        try:
            name = server.create("guarded")
            server.send(name, map(event, range(20)))
            streams = guarded(server.address, name, PASSWORD)
            assert PASSWORD not in repr(streams)
            assert read_into_bronze(streams, Lake(tmp_path), "signals", Bounds()).rows == 20
            wrong = guarded(server.address, name, "no")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("resources.streams.reader.ANSWER_S", 2.0)
                with pytest.raises(BrokersUnreachableError, match="Authentication failed"):
                    read_into_bronze(wrong, Lake(tmp_path), "signals", Bounds())
        finally:
            server.stop()


def test_a_broker_with_tls_and_sasl(event, broker, tmp_path: Path) -> None:
    """Read through an authority that we made; another authority, none at all and plain text are refused by name."""
    with tempfile.TemporaryDirectory(prefix="lacquer-kafka-") as folder:
        ours = make_certificates(Path(folder) / "ours")
        others = make_certificates(Path(folder) / "others", "stranger")
        server = Broker(Path(folder) / "broker", sasl=True, tls=ours).start()
        try:
            name = server.create("sealed")
            server.send(name, map(event, range(20)))
            streams = guarded(server.address, name, PASSWORD, "sasl_ssl", ours.authority)
            assert read_into_bronze(streams, Lake(tmp_path), "signals", Bounds()).rows == 20
            not_known = "certificate (verify failed|could not be verified)"  # the client says it in two ways
            wrong = [
                (not_known, guarded(server.address, name, PASSWORD, "sasl_ssl", others.authority)),
                (not_known, guarded(server.address, name, PASSWORD, "sasl_ssl")),
                ("did not list topic sealed", guarded(server.address, name, PASSWORD)),
                ("Authentication failed", guarded(server.address, name, "no", "sasl_ssl", ours.authority)),
            ]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("resources.streams.reader.ANSWER_S", 5.0)
                for said, refused in wrong:
                    with pytest.raises(BrokersUnreachableError, match=said):
                        read_into_bronze(refused, Lake(tmp_path), "signals", Bounds())
            assert Lake(tmp_path).table(table_of("signals")[0]).row_count() == 20
        finally:
            server.stop()
