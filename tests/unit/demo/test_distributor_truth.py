"""Given landed files of the simulated distributor, when they are read without its code, then its truth holds."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from demo.distributor.demand import Demand
from demo.distributor.options import DistributorOptions, checked
from demo.distributor.orders import OrderBook
from demo.distributor.world import World
from demo.packs import PACKS

Document = dict[str, Any]
ROW_KINDS = {
    "late",
    "duplicate",
    "out_of_order",
    "key_moving",
    "deleted",
    "tombstone",
    "late_after_delete",
    "malformed",
}


def planted_of(root: Path) -> list[Document]:
    return [json.loads(line) for line in (root / "truth/planted.jsonl").read_text().splitlines()]


def landed_lines(root: Path, stream: str) -> list[tuple[str, int, bytes]]:
    """File, line number and bytes of all lines of a stream, in reading order."""
    return [
        (path.name, number, line)
        for path in sorted((root / "landing" / stream).glob("*.jsonl"))
        for number, line in enumerate(path.read_bytes().splitlines(), start=1)
    ]


def as_document(line: bytes) -> Document | None:
    try:
        return json.loads(line)
    except (UnicodeDecodeError, json.JSONDecodeError):
        return None


def fault(line: bytes) -> str | None:
    """The rule that a line of order lines breaks, read as a stranger would."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return "utf8"
    document = as_document(text.encode())
    if document is None:
        return "json" if text != "null" else None
    if document["op"] not in "cudr":
        return "operation"
    if document["op"] != "d" and "order_id" not in document["after"]:
        return "required"
    if document["op"] != "d" and not isinstance(document["after"]["qty"], int):
        return "type"
    return None


@pytest.fixture(scope="module")
def planted(small_lake: Path) -> dict[tuple[str, str, int], Document]:
    return {(entry["stream"], entry["file"], entry["line"]): entry for entry in planted_of(small_lake)}


@pytest.fixture(scope="module")
def order_lines(small_lake: Path) -> list[tuple[str, int, bytes]]:
    return [line for line in landed_lines(small_lake, "erp") if "erp-order_lines" in line[0]]


def test_each_kind_of_fault_is_planted(planted: dict[tuple[str, str, int], Document]) -> None:
    kinds = Counter(entry["kind"] for entry in planted.values() if entry["stream"] == "erp")
    assert set(kinds) == ROW_KINDS
    rules = {entry["rule"] for entry in planted.values() if "order_lines" in entry["file"]}
    assert rules == {None, "json", "utf8", "operation", "required", "type"}


def test_exactly_the_planted_lines_are_malformed(
    small_lake: Path, planted: dict[tuple[str, str, int], Document], order_lines: list[tuple[str, int, bytes]]
) -> None:
    found = {("erp", file, number): fault(line) for file, number, line in order_lines if fault(line)}
    claimed = {place: entry["rule"] for place, entry in planted.items() if entry["outcome"] == "dead_letter"}
    assert found == {place: rule for place, rule in claimed.items() if "order_lines" in place[1]}
    for stream in ("pim", "signals", "feedback"):
        unread = {(stream, f, n) for f, n, line in landed_lines(small_lake, stream) if as_document(line) is None}
        assert unread == {place for place in claimed if place[0] == stream}
    assert 0 < len(claimed) < 0.005 * len(order_lines)


def test_the_planted_lines_are_what_they_claim(planted: dict[tuple[str, str, int], Document], small_lake: Path) -> None:
    """Read in order, each planted ERP line shows its kind by what was landed before it."""
    seen: set[bytes] = set()
    last_lsn: dict[str, int] = {}
    deleted: set[str] = set()
    for file, number, line in landed_lines(small_lake, "erp"):
        entry = planted.get(("erp", file, number))
        repeated = line in seen and line != b"null"
        assert repeated == (entry is not None and entry["kind"] == "duplicate"), (file, number)
        seen.add(line)
        if entry is not None and entry["outcome"] == "dead_letter":
            continue
        if line == b"null":
            assert entry is not None
            assert entry["kind"] == "tombstone"
            continue
        document = json.loads(line)
        key, day = json.dumps(_key_of(document), sort_keys=True), file[:10]
        is_older = document["source"]["lsn"] < last_lsn.get(key, 0)
        if not repeated:  # a line that comes again may have been superseded in between
            assert is_older == (entry is not None and entry["outcome"] == "superseded"), (file, number)
        last_lsn[key] = max(last_lsn.get(key, 0), document["source"]["lsn"])
        assert (document["op"] == "d") == (entry is not None and entry["kind"] == "deleted")
        if document["op"] == "d":
            deleted.add(key)
        if entry is not None:
            assert entry["key"] == _key_of(document)
            _check_kind(entry["kind"], document, day, key in deleted)


def _key_of(document: Document) -> Document:
    row = document["after"] or document["before"]
    names = {
        "buyers": ["buyer_id"],
        "orders": ["order_id"],
        "order_lines": ["order_id", "line_no"],
        "prices": ["sku", "country", "valid_from"],
        "inventory": ["sku", "warehouse", "stock_date"],
        "carriers": ["carrier_id"],
        "shipments": ["shipment_id"],
        "buyer_interactions": ["interaction_id"],
        "campaigns": ["campaign_id"],
    }
    return {name: row[name] for name in names[document["source"]["table"]]}


def _check_kind(kind: str, document: Document, day: str, was_deleted: bool) -> None:
    changed = pl.from_epoch(pl.Series([document["source"]["ts_ms"]]), "ms").dt.strftime("%Y-%m-%d")[0]
    assert changed <= day
    if kind == "late" and day > "2024-04-09":  # daily drops from here on, months before
        assert changed < day
    if kind == "key_moving":
        order = document["after"]["order_id"]
        assert document["after"]["created_at"][:7] < f"20{order[2:4]}-{order[4:6]}"
    assert was_deleted == (kind in ("deleted", "late_after_delete"))


def replay(lines: list[tuple[str, int, bytes]]) -> list[tuple[Any, ...]]:
    """The order lines that stand when the change with the greatest lsn of each key is taken, malformed ones not."""
    latest: dict[tuple[str, int], tuple[int, Document | None]] = {}
    for _, _, line in lines:
        if fault(line) or line == b"null":
            continue
        document = json.loads(line)
        row = document["after"] or document["before"]
        key = (row["order_id"], row["line_no"])
        if document["source"]["lsn"] > latest.get(key, (0, None))[0]:
            latest[key] = (document["source"]["lsn"], document["after"])
    names = ("order_id", "line_no", "sku", "item_category", "qty", "price", "created_at", "currency")
    return sorted(tuple(row[name] for name in names) for _, row in latest.values() if row is not None)


def truth_of(root: Path) -> pl.DataFrame:
    return pl.read_parquet(root / "truth/order_lines/*.parquet").sort("order_id", "line_number")


def test_truth_is_the_replay_of_the_landed_changes(small_lake: Path, order_lines: list[tuple[str, int, bytes]]) -> None:
    truth = truth_of(small_lake)
    names = ["order_id", "line_number", "release_id", "item_category", "qty", "price", "created_at", "currency"]
    assert truth.columns == names
    assert truth.rows() == replay(order_lines)
    assert truth.height > 20_000


def test_truth_follows_a_growing_lake(tmp_path: Path) -> None:
    for days in (40, 47, 66):
        PACKS["demo"].land(tmp_path, options={"order_lines": 30_000, "history_days": 40, "days": days})
        lines = [line for line in landed_lines(tmp_path, "erp") if "erp-order_lines" in line[0]]
        assert truth_of(tmp_path).rows() == replay(lines)


def test_a_position_belongs_to_one_change(small_lake: Path) -> None:
    changes: dict[int, set[bytes]] = {}
    for _, _, line in landed_lines(small_lake, "erp"):
        if not fault_of_any(line) and line != b"null":
            changes.setdefault(json.loads(line)["source"]["lsn"], set()).add(line)
    assert max(len(lines) for lines in changes.values()) == 1
    assert max(changes) < 2**53  # survives readers that know numbers as doubles


def fault_of_any(line: bytes) -> bool:
    return bool(fault(line)) if b'"table":"order_lines"' in line or as_document(line) is None else False


def test_planted_spikes_stand_out_of_the_plays(small_lake: Path) -> None:
    plays: dict[str, dict[str, float]] = {}
    for _, _, line in landed_lines(small_lake, "signals"):
        event = as_document(line)
        if event and event["kind"] == "plays":
            plays.setdefault(event["entity_id"], {})[event["occurred_at"][:10]] = event["value"]
    anomalies = pl.read_ndjson(small_lake / "truth/anomalies.jsonl")
    ratios = []
    for row in anomalies.filter(pl.col("kind") == "plays_spike").iter_rows(named=True):
        days = sorted(plays.get(row["release_id"], {}))
        if row["first_date"] in days[7:]:
            same_weekday = days[days.index(row["first_date"]) - 7]
            ratios.append(plays[row["release_id"]][row["first_date"]] / plays[row["release_id"]][same_weekday])
    assert len(ratios) >= 3
    assert all(2.5 < ratio < 14 for ratio in ratios)


def test_the_scale_is_kept() -> None:
    """The lines of products over two years are those asked for, within the noise of the draws."""
    calendar, size = checked(DistributorOptions(order_lines=10_000))
    lines = OrderBook(Demand(World.through(calendar, size, 731))).between(0, 730)[1]
    assert 9_500 < lines.filter(pl.col("item_category") == "product").height < 10_500
