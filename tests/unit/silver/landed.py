"""Lands a few lines and takes them through bronze into one silver table, as a run does."""

import json
from pathlib import Path
from typing import Any

from dagster import AssetsDefinition, materialize

from resources.lake import LakeResource
from resources.streams.connecting import Streams

Document = dict[str, Any]


def change(table: str, row: Document, lsn: int, op: str = "u") -> Document:
    """A change of an ERP table in Debezium's envelope."""
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    return {**sides, "op": op, "source": {"connector": "postgresql", "table": table, "lsn": lsn, "ts_ms": lsn}}


def take_in(
    root: Path, stream: str, documents: list[Document], *assets: AssetsDefinition, name: str = "one"
) -> dict[str, Any]:
    """Land the documents in one file and materialize the assets; returns the last one's metadata."""
    file = root / "landing" / stream / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(document) + "\n" for document in documents))
    lake = LakeResource(root=root, allowed_bad_share=1, threads=1)
    done = materialize(list(assets), resources={"lake": lake, "streams": Streams()})
    assert done.success
    last = sorted(assets[-1].keys)[0]
    event = [e for e in done.get_asset_materialization_events() if e.asset_key == last][-1]
    return {key: value.value for key, value in event.step_materialization_data.materialization.metadata.items()}


def ask(root: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the newest state."""
    lake = LakeResource(root=root, allowed_bad_share=1, threads=1).lake()
    return lake.connect(lake.versions()).execute(query).fetchall()


def letters(root: Path) -> list[tuple[str, str | None]]:
    """Reason and value of each dead letter, by reason."""
    return ask(root, "select reason, value from bronze.dead_letters order by all")
