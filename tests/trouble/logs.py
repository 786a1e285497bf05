"""How connectors number changes: within a commit, from commit to commit, and anew after a failover."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

CONNECTORS = ("postgresql", "mysql", "sqlserver", "oracle", "db2")
Source = dict[str, Any]


@dataclass
class Log:
    """The log of one server; ``restart`` makes it the log of another, whose numbers are lower.

    Attributes:
        connector: of Debezium; ``db2`` stands for one whose numbers are not read, so that its clock counts.
        draw: of the steps.
        place: the number of the commit.
        file: of a binlog.
        change: the number within the commit.
    """

    connector: str
    draw: random.Random
    place: int = 0
    file: int = 147
    change: int = 0

    def __post_init__(self) -> None:
        self.place = self.draw.randint(500_000, 900_000)

    def restart(self) -> None:
        """Begin anew, with lower numbers."""
        self.file, self.place = self.file - self.draw.randint(1, 40), self.draw.randint(1, 9_000)

    def commit(self) -> None:
        """Begin another commit."""
        self.change, self.place = 0, self.place + self.draw.randint(1, 900)
        if self.draw.random() < 0.1:
            self.file += 1
            self.place = self.place if self.connector != "mysql" else self.draw.randint(4, 400)

    def source(self) -> Source:
        """The numbers of the next change of the commit."""
        self.change += 1
        if self.connector == "postgresql":
            self.place += 1
            return {"lsn": self.place}
        if self.connector == "mysql":
            return {"file": f"mysql-bin.{self.file:06}", "pos": self.place, "row": self.change - 1, "gtid": None}
        if self.connector == "sqlserver":
            commit = f"{0x2D:08x}:{self.place:08x}:0004"
            numbers = {"commit_lsn": commit, "change_lsn": f"{0x2D:08x}:{self.place:08x}:{self.change:04x}"}
            return {**numbers, "event_serial_no": self.draw.choice([1, 2])}
        if self.connector == "oracle":
            return {"commit_scn": str(self.place * 40), "scn": str(self.place * 40 - 20 + self.change)}
        return {}
