"""Small worlds of a distributor, each from a seed: few releases, few orders, few days, tables that nobody delivers.

What is planted is scarcity: a single day, nothing but returns, no stock, no prices, no catalogue. The lines are good
ones; a run over them may know nothing, and never crashes.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIRST = dt.date(2024, 3, 4)
OPTIONAL = ("buyers", "orders", "prices", "inventory", "signals", "artists", "releases", "order_lines")
Line = dict[str, Any]


@dataclass(frozen=True)
class SmallWorld:
    """How much there is of everything.

    Attributes:
        seed: of all draws.
        releases, orders, days: how many.
        left_out: tables that nobody delivers.
        returns: share of the orders that are cancellations.
    """

    seed: int
    releases: int
    orders: int
    days: int
    left_out: frozenset[str]
    returns: float

    @classmethod
    def of(cls, seed: int) -> SmallWorld:
        """The world of a seed: sizes are as often tiny as large."""
        draw = random.Random(seed)
        releases = draw.choice([1, 1, 2, draw.randint(3, 50)])
        orders = draw.choice([1, draw.randint(2, 20), draw.randint(21, 500)])
        days = draw.choice([1, draw.randint(2, 40), draw.randint(41, 425)])
        wanted = draw.choice([0, 1, 2, 4])
        weights = [4 if name in ("prices", "inventory", "signals") else 1 for name in OPTIONAL]
        left_out = frozenset(draw.choices(OPTIONAL, weights, k=wanted))
        return cls(seed, releases, orders, days, left_out, draw.choice([0.0, 0.0, 0.2, 1.0]))

    def land(self, root: Path) -> None:
        """Write its landing files."""
        files = {"pim": self._pim(), "erp": self.erp_lines(), "signals": self._signals()}
        for stream, lines in files.items():
            texts = [json.dumps(line) for name, line in lines if name not in self.left_out]
            if texts:
                path = root / "landing" / stream / "world.jsonl"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("\n".join(texts) + "\n")

    def _pim(self) -> Iterator[tuple[str, Line]]:
        artists = max(1, self.releases // 3)
        for number in range(artists):
            yield "artists", _node("Artist", 100 + number, artistId=f"A{number}", name=f"Band {number}", genre="rock")
        draw = random.Random(self.seed + 1)
        for number in range(self.releases):
            day = FIRST + dt.timedelta(days=draw.randint(-400, self.days + 60))
            said: Line = {
                "releaseId": f"R{number}",
                "title": f"Record {number}",
                "artist": {"artistId": f"A{number % artists}"},
            }
            said |= {"genre": draw.choice(["rock", "jazz", None]), "format": draw.choice(["LP", "CD", None])}
            said |= {
                "releaseDate": draw.choice([str(day), None]),
                "listPrice": draw.choice(["19.90", None]),
                "currency": "EUR",
            }
            yield "releases", _node("Release", 1000 + number, **said)

    def erp_lines(self) -> Iterator[tuple[str, Line]]:
        """Table and change of each row of the ERP, those of tables that nobody delivers too."""
        for lsn, (table, row) in enumerate(self._rows(), 1):
            at = row.get("created_at", f"{FIRST}T06:00:00Z")
            ms = int(dt.datetime.fromisoformat(at).timestamp() * 1000)
            source = {"connector": "postgresql", "table": table, "lsn": lsn, "ts_ms": ms}
            yield table, {"op": "c", "before": None, "after": row, "source": source, "ts_ms": ms}

    def _rows(self) -> Iterator[tuple[str, Line]]:
        draw = random.Random(self.seed + 2)
        buyers = max(1, self.orders // 10)
        for number in range(buyers):
            row = {"buyer_id": f"B{number}", "company_name": f"Shop {number}", "kind": "shop", "country": "Germany"}
            yield "buyers", row | {"created_at": f"{FIRST}T00:00:00Z"}
        for number in range(self.orders):
            yield from self._order(draw, number, buyers)
        for number in range(self.releases):
            row = {
                "sku": f"R{number}",
                "country": "Germany",
                "valid_from": str(FIRST),
                "price": "11.50",
                "currency": "EUR",
            }
            yield "prices", row
            for day in range(0, self.days, 7):
                stock = {
                    "on_hand": draw.randint(0, 40),
                    "reserved": 0,
                    "incoming": 0,
                    "received": 0,
                    "shipped": 1,
                    "returned": 0,
                }
                yield (
                    "inventory",
                    {"sku": f"R{number}", "warehouse": "W", "stock_date": str(FIRST + dt.timedelta(day))} | stock,
                )

    def _order(self, draw: random.Random, number: int, buyers: int) -> Iterator[tuple[str, Line]]:
        at = f"{FIRST + dt.timedelta(days=draw.randrange(self.days))}T{draw.randint(6, 20):02}:00:00Z"
        kind = "cancellation" if draw.random() < self.returns else "sale"
        common = {"order_id": f"O{number}", "order_type": kind, "currency": "EUR", "created_at": at}
        buyer = draw.choice([f"B{draw.randrange(buyers)}", f"B{draw.randrange(buyers)}", None])
        yield "orders", common | {"buyer_id": buyer, "status": "open", "country": "Germany", "channel": "web"}
        for line in range(draw.randint(1, 3)):
            units = draw.randint(1, 9) * (-1 if kind == "cancellation" else 1)
            what = {"line_no": line + 1, "sku": f"R{draw.randrange(self.releases)}", "item_category": "product"}
            yield "order_lines", common | what | {"qty": units, "price": draw.choice(["11.50", "9.95", "0.00"])}

    def _signals(self) -> Iterator[tuple[str, Line]]:
        draw = random.Random(self.seed + 3)
        for number in range(draw.choice([0, 1, 60])):
            day = FIRST + dt.timedelta(days=draw.randrange(self.days))
            what = {"kind": "stream_count", "entity_type": "release", "entity_id": f"R{draw.randrange(self.releases)}"}
            yield "signals", what | {
                "event_id": f"E{number}", "value": draw.randint(0, 900), "unit": "streams", "region": None,
                "occurred_at": f"{day}T00:00:00Z", "source": "charts",
            }  # fmt: skip


def _node(classname: str, number: int, **fields: Any) -> Line:
    return {"id": str(number), "classname": classname, "modificationDate": 1709510400, "published": True} | fields
