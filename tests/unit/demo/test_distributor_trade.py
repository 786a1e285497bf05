"""Shipments, contacts and campaigns of the demo: of orders, buyers and releases that the ERP and the PIM know."""

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def changes(lake: Path, table: str) -> list[tuple[str, Row]]:
    """Day of landing and row of every change, in the order of their positions."""
    found = []
    for path in sorted((lake / "landing/erp").glob(f"*--erp-{table}.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            document = json.loads(line)
            found.append((document["source"]["lsn"], path.name[:10], document["after"]))
    return [(day, row) for _, day, row in sorted(found, key=lambda one: one[0])]


def test_a_shipment_leaves_with_its_order_and_arrives_later(small_lake: Path) -> None:
    landed = changes(small_lake, "shipments")
    states: dict[str, list[Row]] = defaultdict(list)
    for day, row in landed:
        assert (row["delivered_at"] or row["shipped_at"])[:10] <= day
        states[row["shipment_id"]].append(row)
    assert len(states) > 200
    for rows in states.values():
        assert [row["delivered_at"] is None for row in rows] == [True, False][: len(rows)]
        assert rows[0]["shipped_at"][2:10].replace("-", "") == rows[0]["order_id"][2:8]
        assert {row["order_id"] for row in rows} == {rows[0]["order_id"]}
    late = [row for rows in states.values() for row in rows[1:] if row["delivered_at"][:10] > row["promised_on"]]
    assert 0 < len(late) < len(states) / 2
    orders = {order for path in (small_lake / "landing/erp").glob("*--erp-orders.jsonl")
              for order in path.read_text(encoding="utf-8", errors="replace").split('"order_id":"')[1:]
              for order in [order.split('"')[0]]}  # fmt: skip
    assert {rows[0]["order_id"] for rows in states.values()} <= orders


def test_contacts_and_campaigns_are_about_known_buyers_and_releases(small_lake: Path) -> None:
    contacts, campaigns = changes(small_lake, "buyer_interactions"), changes(small_lake, "campaigns")
    buyers = {row["buyer_id"] for _, row in changes(small_lake, "buyers")}
    assert len({row["interaction_id"] for _, row in contacts}) == len(contacts) > 20
    assert {row["buyer_id"] for _, row in contacts} <= buyers
    assert all(date.fromisoformat(row["occurred_at"][:10]).weekday() < 5 for _, row in contacts)
    assert {row["kind"] for _, row in contacts} <= {"visit", "call", "mail", "sample", "order_enquiry"}
    assert len({row["campaign_id"] for _, row in campaigns}) == len(campaigns) > 5
    for day, row in campaigns:
        assert day <= "2024-01-31" or row["started_on"] <= row["ended_on"]
        assert (row["sku"] is None) is not (row["category"] is None)
        assert float(row["spend"]) > 0
    assert [row["carrier_id"] for _, row in changes(small_lake, "carriers")] == ["C1", "C2", "C3"]
