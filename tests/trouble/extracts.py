"""A table that is delivered in files: changed rows by watermark, or the whole table, as text or typed, and again."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass, field
from typing import Any

from tests.trouble.changes import FAULTS, Key, Landing, Row, row_of

KEYS: tuple[Key, ...] = tuple((order, line) for order in "AB" for line in (1, 2))
# A price that a rule for texts with decimal commas would take for another number.
PRICE = "11.125"


@dataclass
class ExtractsWorld:
    """Days of a small table, each with a file or two.

    Attributes:
        kind: ``snapshot``, or the watermark of a ``delta``: ``day``, ``moment`` or ``name``, the moment in its name.
        options: of extract.yml.
        refused: lines that must be dead letters.
        is_noted: whether a file was not whole, of which a run must tell.
    """

    seed: int
    table: str = "order_lines"
    kind: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    landings: list[Landing] = field(default_factory=list)
    refused: int = 0
    is_noted: bool = False
    _state: dict[Key, set[int | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, table: str = "order_lines") -> ExtractsWorld:
        """The world of a seed, delivered for this table."""
        draw, world = random.Random(seed), cls(seed, table)
        world.kind = draw.choice(["snapshot", "snapshot", "day", "moment", "name"])
        world.options = {"key": ["order_id", "line_no"], "decimal_comma": ["price"]}
        if world.kind == "snapshot":
            world.options["kind"] = "snapshot"
        elif world.kind != "name":
            world.options["watermark"] = "changed"
        world._deliver(draw)
        return world

    def expected(self) -> dict[Key, set[int | None]]:
        """Key -> the quantities that are right."""
        return {key: values for key, values in self._state.items() if values != {None}}

    @property
    def misplaced(self) -> set[str]:
        """No file of these worlds is."""
        return set()

    def _deliver(self, draw: random.Random) -> None:
        live: dict[Key, tuple[int, str]] = {}
        number = 0
        for day in range(1, draw.randint(2, 5)):
            for hour in range(draw.choice([1, 1, 2])):
                changed = set()
                for key in draw.sample(KEYS, draw.randint(1, 3)):
                    number += 1
                    if key in live and self.kind == "snapshot" and draw.random() < 0.4:
                        del live[key]
                    else:
                        mark = f"2026-03-{day:02}" + ("" if self.kind == "day" else f"T{9 + hour:02}:00:00Z")
                        live[key] = (number, mark)
                    changed.add(key)
                rows = live if self.kind == "snapshot" else {key: live[key] for key in changed}
                clock = "" if self.kind in ("snapshot", "day") else f"T{9 + hour:02}00"
                self._land(draw, f"2026-03-{day:02}{clock}--{hour}", rows)
        for one in self.landings:
            one.runs = True

    def _land(self, draw: random.Random, name: str, rows: dict[Key, tuple[int, str]]) -> None:
        """Add the file of these rows; a row in it may be broken, and the next file may repeat this one."""
        broken = {key for key in rows if draw.random() < 0.06}
        fault = draw.choice(FAULTS)
        stated = [
            row_of(key, quantity, price=PRICE, changed=mark) | (fault if key in broken else {})
            for key, (quantity, mark) in rows.items()
        ]
        is_typed = draw.random() < 0.4 and not broken and bool(stated)
        footer = not is_typed and bool(stated) and draw.random() < 0.1
        content = parquet(stated) if is_typed else csv(stated, is_footed=footer)
        path = f"erp/extracts/{self.table}/{name}.{'parquet' if is_typed else 'csv'}"
        self.landings.append(Landing(path, content, []))
        self.refused += len(broken) + footer
        is_whole = bool(stated) and not footer
        self.is_noted |= self.kind == "snapshot" and not is_whole
        for key, (quantity, _) in rows.items():
            if key not in broken:
                self._state[key] = {quantity}
        for key in set(self._state) - set(rows) if self.kind == "snapshot" and is_whole else ():
            self._state[key] = {None}


def csv(rows: list[Row], *, is_footed: bool) -> bytes:
    """The rows as a spreadsheet of a German ERP exports them; the header too where there are none."""
    names = [*row_of(KEYS[0], 1), "changed"]
    texts = [{**row, "price": str(row["price"]).replace(".", ",")} for row in rows]
    lines = [names, *([str(row[name] if row[name] is not None else "") for name in names] for row in texts)]
    lines += [["total", str(len(rows))]] if is_footed else []
    return "".join(";".join(line) + "\n" for line in lines).encode()


def parquet(rows: list[Row]) -> bytes:
    """The rows typed: whole numbers, decimals, moments."""
    import duckdb
    import pyarrow.parquet as pq

    con = duckdb.connect()
    text = json.dumps(rows)
    con.execute("create table texts as select unnest(from_json($1, '[{}]'), recursive := true)".replace(
        "[{}]", json.dumps([dict.fromkeys(rows[0], "VARCHAR")])), [text])  # fmt: skip
    typed = con.sql(
        "select * replace (line_no::int as line_no, qty::bigint as qty, price::decimal(18, 3) as price, "
        "created_at::timestamptz as created_at) from texts"
    ).to_arrow_table()
    out = io.BytesIO()
    pq.write_table(typed, out)
    return out.getvalue()
