"""The tables that files are imported into: what their contracts ask of a row, and the shape in which it lands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from lake.contract import Column, Contract


@dataclass(frozen=True)
class Target:
    """A silver table and how its rows land: ``erp`` in envelopes, ``pim`` as objects of a class."""

    contract: Contract
    stream: Literal["erp", "pim"]
    of: str

    @property
    def name(self) -> str:
        """The table."""
        return self.contract.name

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns that a source states, by name."""
        return {column.name: column for column in self.contract.columns if column.source}

    def document(self, row: Mapping[str, str | None], position: int) -> dict[str, Any]:
        """The row as it lands.

        Args:
            row: text by column.
            position: microseconds since 1970 that order it among other statements about its key.
        """
        if self.stream == "erp":
            after = {str(self.columns[name].source): text for name, text in row.items()}
            ordered = row.get("ordered_at")
            ts_ms = int(dt.datetime.fromisoformat(ordered).timestamp() * 1000) if ordered else position // 1000
            source = {"connector": "import", "table": self.of, "position": position, "ts_ms": ts_ms}
            return {"op": "r", "before": None, "after": after, "source": source}
        key = row[self.contract.key[0]]
        place = f"/{self.name}/{key}"
        node: dict[str, Any] = {
            "id": key,
            "classname": self.of,
            "fullpath": place,
            "modificationDate": position // 10**6,
        }
        for name, text in row.items():
            *parents, leaf = str(self.columns[name].source).split(".")
            at = node
            for parent in parents if text is not None else ():
                at = at.setdefault(parent, {})
            if text is not None or not parents:
                at[leaf] = text
        return node
