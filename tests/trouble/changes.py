"""A table of a database that changes, and its log as it lands: torn, doubled, late, in the wrong place."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.trouble.logs import CONNECTORS, Log

BEGIN = 1_772_400_000_000
Key = tuple[str, int]
Row = dict[str, Any]
# What silver must refuse of a row, and then keep what it had.
FAULTS: tuple[Row, ...] = ({"created_at": "2036-03-01T10:15:00Z"}, {"qty": "many"}, {"price": "-1"}, {"sku": None})


def row_of(key: Key, quantity: int, **fields: Any) -> Row:
    """A good row of ``order_lines``."""
    said = {"order_id": key[0], "line_no": key[1], "sku": "R1", "item_category": "product", "order_type": "sale"}
    return said | {"qty": quantity, "price": "11.50", "currency": "EUR", "created_at": "2026-03-01T10:15:00Z"} | fields


@dataclass(frozen=True)
class Change:
    """One change, in the order in which the database made it.

    Attributes:
        before, after: the key before and after; None where the row is not there.
        quantity: what the row states afterwards.
        fault: what makes the row one that must be refused.
        place: what its connector numbers it by; equal places are ties.
        text: its envelope.
    """

    before: Key | None
    after: Key | None
    quantity: int
    fault: Row
    place: str
    text: str


@dataclass
class Landing:
    """A file: where and what, whether it is read, and whether a run follows."""

    path: str
    content: bytes
    changes: list[Change]
    is_read: bool = True
    runs: bool = False


@dataclass
class ChangesWorld:
    """The history of a small table, and its files in the order in which they land."""

    seed: int
    table: str = "order_lines"
    connector: str = ""
    restarts: int = 0
    history: list[Change] = field(default_factory=list)
    landings: list[Landing] = field(default_factory=list)

    @classmethod
    def of(cls, seed: int, table: str = "order_lines") -> ChangesWorld:
        """The world of a seed, whose changes are of this table."""
        draw, world = random.Random(seed), cls(seed, table)
        world.connector = draw.choice(CONNECTORS)
        world._change(draw)
        world._land(draw)
        return world

    def _change(self, draw: random.Random) -> None:
        log, ms, live = Log(self.connector, draw), BEGIN, dict[Key, int]()
        keys = [(order, line) for order in "AB" for line in (1, 2)]
        restart = draw.choice([0.0, 0.0, 0.1])
        for number in range(1, draw.randint(4, 24)):
            if draw.random() < 0.7:
                log.commit()
                ms += draw.choice([1, 40, 900, 12_000, 3_600_000])
            if number > 2 and draw.random() < restart and self.connector != "db2":
                log.restart()
                log.commit()
                ms += draw.randint(60_000, 86_400_000)
                self.restarts += 1
            key = draw.choice(keys)
            before = key if key in live else None
            fault = draw.choice(FAULTS) if draw.random() < 0.08 else {}
            free = [one for one in keys if one not in live]
            if before and draw.random() < 0.25:
                after = None
            else:
                after = draw.choice(free) if before and free and draw.random() < 0.2 else key
            self._add(log, ms, live, before, after, number, fault if after else {})

    def _add(
        self, log: Log, ms: int, live: dict[Key, int], before: Key | None, after: Key | None, number: int, fault: Row
    ) -> None:
        if before:
            old = row_of(before, live.pop(before))
        if after:
            live[after] = number
        op = "d" if after is None else "c" if before is None else "u"
        numbers = log.source()
        sides = {"before": old if before else None, "after": row_of(after, number, **fault) if after else None}
        source = {"connector": self.connector, "name": "erp", "table": self.table, "ts_ms": ms, **numbers}
        text = json.dumps({**sides, "op": op, "source": source, "ts_ms": ms})
        place = json.dumps(numbers) if numbers else str(ms)
        self.history.append(Change(before, after, number, fault, place, text))

    def _land(self, draw: random.Random) -> None:
        """Cut the history into files; some are late, doubled, misplaced, or written in an awkward way."""
        size = len(self.history)
        cuts = sorted({0, size, *(draw.randint(1, size) for _ in range(draw.randint(0, 4)))})
        pieces = [self.history[start:end] for start, end in pairwise(cuts)]
        if draw.random() < 0.4:
            begin = draw.randrange(size)
            pieces.append(self.history[begin : begin + draw.randint(1, 6)])
        shuffles = draw.random() < 0.2
        for number, piece in enumerate(pieces):
            inside = draw.sample(piece, len(piece)) if shuffles and self.connector != "db2" else piece
            self.landings.append(landing(draw, f"2026-03-{number + 1:02}--{self.table}", inside))
        if draw.random() < 0.4:
            at = draw.randrange(len(pieces))
            self.landings.insert(draw.randrange(len(pieces)), self.landings.pop(at))
        for one in self.landings:
            one.runs = draw.random() < 0.5
        self.landings[-1].runs = True

    @property
    def misplaced(self) -> set[str]:
        """Folders that are no stream's, in which files landed."""
        return {one.path.split("/")[0] for one in self.landings if not one.is_read}

    @property
    def read(self) -> list[Change]:
        """What was read of the history, in the database's order."""
        texts = {change.text for one in self.landings if one.is_read for change in one.changes}
        return [change for change in self.history if change.text in texts]

    @property
    def refused(self) -> int:
        """How many lines must be dead letters: each in each content that was read."""
        read = {one.content: one.changes for one in self.landings if one.is_read}
        return sum(bool(change.fault) for changes in read.values() for change in changes)

    def expected(self) -> dict[Key, set[int | None]]:
        """Key -> the quantities that are right; more than one only where the log leaves it undecided."""
        return replay(self.read)


def replay(changes: Iterable[Change]) -> dict[Key, set[int | None]]:
    """The rows after these changes in their order, and for each what the changes of its last place state."""
    stated: dict[Key, tuple[str, set[int | None]]] = {}

    def states(key: Key, place: str, quantity: int | None) -> None:
        if key not in stated or stated[key][0] != place:
            stated[key] = (place, set())
        stated[key][1].add(quantity)

    for change in changes:
        if change.before and change.before != change.after:
            states(change.before, change.place, None)
        if change.after and not change.fault:
            states(change.after, change.place, change.quantity)
    return {key: values for key, (_, values) in stated.items() if values != {None}}


def landing(draw: random.Random, name: str, changes: list[Change]) -> Landing:
    """The file of some changes."""
    texts = [change.text for change in changes]
    place, is_read = draw.choice([("erp", True)] * 12 + [("erp/2026/march", True), ("ERP", False), ("orders", False)])
    way = draw.choice(["plain"] * 6 + ["json", "list", "one line", "marked", "returns"])
    content, ending = "\n".join(texts) + "\n", "jsonl"
    if way == "json":
        ending = "json"
    elif way == "list":
        content, ending = f"[{', '.join(texts)}]", "json"
    elif way == "one line":
        content = "".join(texts)
    elif way == "marked":
        content = "\ufeff" + content + "\n\n"
    elif way == "returns":
        content = content.replace("\n", "\r\n")
    return Landing(f"{place}/{name}.{ending}", content.encode(), changes, is_read)
