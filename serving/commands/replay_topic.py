"""`lacquer replay --topic`: read a topic again and take in what bronze lacks."""

import datetime as dt

from serving.failures import explained, fail
from serving.options import chosen_lake, current_settings


def replay_topic(topic: str, begin: str, lake: str | None) -> None:
    """Read the topic again from an offset or a moment on, and say what came of it."""
    import definitions  # noqa: F401  (declares every table, whose types decode the ERP's messages)
    from assets.bronze.streaming import decoder_of, table_of
    from lake.lakehouse import Lake
    from resources.streams.connecting import Streams
    from resources.streams.reader import BrokersUnreachableError
    from resources.streams.reading import reread_topic

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
        streams = Streams.from_settings(current_settings(lake=store.root))
    stream = next((name for name, topics in streams.topics.items() if topic in topics), None)
    if stream is None:
        known = ", ".join(one for topics in streams.topics.values() for one in topics)
        fail(f"--topic {topic}: LACQUER_KAFKA_* name no such topic; they name {known or 'none'}")
    if missing := streams.missing(stream):
        fail(missing)
    with explained(BrokersUnreachableError, ValueError):
        decode = decoder_of(streams, stream)
        done = reread_topic(streams, store, topic, *table_of(stream), where(begin), decode=decode)
    print(
        f"{topic}: {done.messages:,} messages read again, {done.known:,} known, "
        f"{done.rows:,} rows and {done.dead:,} dead letters taken in"
    )


def where(begin: str) -> int | dt.datetime:
    """The offset or the moment that a text says; a moment without a zone is in UTC.

    Raises:
        ValueError: it says neither.
    """
    if begin.isdecimal():
        return int(begin)
    try:
        moment = dt.datetime.fromisoformat(begin)
    except ValueError:
        raise ValueError(f"--from {begin}: give an offset, or a moment as 2026-03-29T01:30Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
