"""Reading the partitions of one stream from where the lake stands."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lake.ingest.streams.messages import Batch, Partition
from lake.ingest.streams.positions import StreamGapError, check_reaches
from resources.streams.columns import columns_of

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message

ANSWER_S = 15.0
AT_ONCE = 10_000
Positions = Callable[[list[Partition]], dict[Partition, int]]


class BrokersUnreachableError(RuntimeError):
    """The brokers did not answer, or refused the client."""


class KafkaReader:
    """A consumer of a stream's topics.

    Alone it reads every partition and is no member of the group, so that it disturbs nobody. Shared, the group gives
    it some partitions; each time, it goes on from where the lake stands and not from where the group does.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        topics: Sequence[str],
        positions: Positions,
        *,
        shared: bool = False,
        skip_expired: bool = False,
    ) -> None:
        from confluent_kafka import Consumer

        self._last_error: str | None = None
        self._consumer: Consumer = Consumer({**options, "error_cb": self._note_error})
        self._topics, self._positions, self._shared = tuple(topics), positions, shared
        self._skip_expired = skip_expired
        self._next: dict[Partition, int] = {}
        self._low: dict[Partition, int] = {}
        self._high: dict[Partition, int] = {}
        self._at_end: set[Partition] = set()
        self._failed: Exception | None = None
        self.moves = 0
        try:
            partitions = self._listed()
            if shared:
                self._consumer.subscribe(list(topics), on_assign=self._assigned, on_revoke=self._revoked)
            else:
                self._begin(partitions)
        except BaseException:
            self._consumer.close()
            raise

    def fetch(self, rows: int, size: int, seconds: float) -> Batch:
        """The next messages; see :class:`lake.ingest.streams.ingest.Reader`."""
        found: list[Message] = []
        held, until, moves = 0, time.monotonic() + seconds, self.moves
        while len(found) < rows and held < size and (left := until - time.monotonic()) > 0:
            got = self._consumer.consume(min(AT_ONCE, rows - len(found)), min(left, 0.2))
            if self._failed is not None:
                raise self._failed
            if self.moves != moves:
                # The partitions were dealt anew, and some of these messages may have been fetched before that.
                found, held, moves = [], 0, self.moves
                self._seek()
                continue
            held += self._keep(got, found)
            if not found and self.is_at_end() and not self._shared:
                break
        return self._batch(found)

    def is_at_end(self) -> bool:
        """Whether each of its partitions has been read to where it ended at some moment."""
        return bool(self._next) and self._at_end >= self._next.keys()

    def lag(self) -> int:
        """Messages that its partitions hold beyond what was fetched."""
        return sum(max(0, self._end_of(at) - position) for at, position in self._next.items())

    def seek_time(self, moment: dt.datetime) -> None:
        """Begin with the first message of each partition that is not older than the moment."""
        from confluent_kafka import TopicPartition

        wanted = [TopicPartition(*at, int(moment.timestamp() * 1000)) for at in self._next]
        found = self._asked("look up a time", partial(self._consumer.offsets_for_times, wanted))
        self._next = {(one.topic, one.partition): one.offset for one in found}
        self._next = {at: self._high[at] if offset < 0 else offset for at, offset in self._next.items()}
        self._seek()

    def ends(self) -> dict[Partition, int]:
        """Where each of its partitions ended when it was looked at."""
        return dict(self._high)

    def committed(self, positions: Mapping[Partition, int]) -> None:
        """Tell the broker, for those who watch the group; nothing is read by it."""
        from confluent_kafka import KafkaException, TopicPartition

        mine = [TopicPartition(*at, offset) for at, offset in positions.items() if at in self._next]
        if self._shared and mine:
            try:
                self._consumer.commit(offsets=mine, asynchronous=True)
            except KafkaException as error:  # a group that is being dealt anew; the lake knows the position
                self._last_error = str(error)

    def close(self) -> None:
        """Leave the group and let go of the connections."""
        self._consumer.close()

    def _listed(self) -> list[Partition]:
        """Every partition of the topics.

        Raises:
            BrokersUnreachableError: no broker answers.
            ValueError: a topic is not there.
        """
        found: list[Partition] = []
        for topic in self._topics:
            listed = self._asked(f"list topic {topic}", partial(self._consumer.list_topics, topic)).topics[topic]
            if listed.error is not None:
                raise ValueError(f"topic {topic}: {listed.error.str()}; create it, or correct LACQUER_KAFKA_*")
            found += [(topic, number) for number in sorted(listed.partitions)]
        return found

    def _asked(self, what: str, ask: Callable[..., Any]) -> Any:
        """What the brokers answer; asked again while they say that they will know in a moment.

        Raises:
            BrokersUnreachableError: no answer within :data:`ANSWER_S`.
        """
        from confluent_kafka import KafkaException

        until = time.monotonic() + ANSWER_S
        while True:
            try:
                answer = ask(timeout=max(0.1, until - time.monotonic()))
                said = "no answer" if answer is None else None
            except KafkaException as error:
                answer, said = None, error.args[0].str()
            if said is None:
                return answer
            if not self._next:  # nothing is assigned yet, so this only hears of errors, such as a wrong password
                self._consumer.poll(0)
            if time.monotonic() >= until:
                more = f"; {self._last_error}" if self._last_error else ""
                raise BrokersUnreachableError(f"the brokers of LACQUER_KAFKA_BROKERS did not {what}: {said}{more}")
            time.sleep(0.2)

    def _begin(self, partitions: list[Partition]) -> None:
        """Read the partitions from where the lake stands; from the first message where it has read none."""
        from confluent_kafka import TopicPartition

        marks = {
            at: self._asked(
                f"say where {at[0]}/{at[1]} ends",
                partial(self._consumer.get_watermark_offsets, TopicPartition(*at), cached=False),
            )
            for at in partitions
        }
        low, high = {at: mark[0] for at, mark in marks.items()}, {at: mark[1] for at, mark in marks.items()}
        standing = self._positions(partitions)
        if not self._skip_expired:
            check_reaches("the lake", standing, low, high)
        # What has expired counts as read: the batch begins where the lake stands.
        self._next = {at: standing.get(at, low[at]) for at in partitions}
        self._low, self._high = low, high
        self._seek()
        self.moves += 1

    def _seek(self) -> None:
        """Fetch from the next offsets on, whatever the client has fetched ahead."""
        from confluent_kafka import TopicPartition

        self._at_end = {at for at, offset in self._next.items() if offset >= self._high.get(at, offset + 1)}
        begins = {at: max(offset, self._low.get(at, 0)) for at, offset in self._next.items()}
        self._consumer.assign([TopicPartition(*at, offset) for at, offset in begins.items()])

    def _assigned(self, _: "Consumer", given: Iterable[Any]) -> None:
        try:
            self._begin([(one.topic, one.partition) for one in given])
        except Exception as error:  # a callback cannot raise through the client; the next fetch does
            self._failed = error

    def _revoked(self, _: "Consumer", taken: Iterable[Any]) -> None:
        self._next, self._at_end = {}, set()
        self.moves += 1

    def _keep(self, got: "list[Message]", found: "list[Message]") -> int:
        """Add the messages; how many bytes they hold. An end of a partition and an error come as messages too."""
        from confluent_kafka import KafkaError

        passing = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._RESOLVE)
        held = 0
        for message in got:
            error = message.error()
            if error is None:
                found.append(message)
                held += len(message)
                continue
            at = (message.topic() or "", message.partition() or 0)
            if error.code() == KafkaError._PARTITION_EOF:
                self._at_end.add(at)
                self._high[at] = message.offset() or 0
            elif error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
                raise StreamGapError(f"{at[0]}/{at[1]}: {error.str()}; the messages expired while they were read")
            elif not error.retriable() and error.code() not in passing:
                raise BrokersUnreachableError(f"{at[0]}/{at[1]}: {error.str()}")
        return held

    def _batch(self, found: "list[Message]") -> Batch:
        messages, last = columns_of(found, self._topics)
        begins = {at: self._next[at] for at in last}
        ends = {at: offset + 1 for at, offset in last.items()}
        self._next |= ends
        self._at_end -= {at for at in last if at in self._at_end and self._high.get(at, 0) < ends[at]}
        return Batch(messages, begins, ends)

    def _end_of(self, at: Partition) -> int:
        from confluent_kafka import TopicPartition

        _, high = self._consumer.get_watermark_offsets(TopicPartition(*at), cached=True)
        return self._next[at] if at in self._at_end else max(high, self._high.get(at, 0))

    def _note_error(self, error: "KafkaError") -> None:
        self._last_error = error.str()
