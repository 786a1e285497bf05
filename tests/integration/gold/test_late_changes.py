"""A late change to a history rewrites the months whose lines find another version, and no other."""

import datetime as dt
from pathlib import Path

import pytest

from assets.bronze.erp_changes import erp_changes
from assets.bronze.pim_objects import pim_objects
from assets.silver.artists import artists
from assets.silver.buyers import buyers
from assets.silver.order_lines import order_lines
from assets.silver.orders import orders
from assets.silver.releases import releases
from lake.gold.build import Written
from lake.lakehouse import Lake
from tests.integration.gold.building import build_gold, rows
from tests.unit.silver.landed import Document, change, take_in

pytestmark = [pytest.mark.heavy]
MODELS = ("dim_release_history", "dim_artist_history", "dim_buyer_history", "fct_order_line", "fct_order_line_version")
KEYS = "order_id, release_version_key, artist_version_key, buyer_version_key"


def at(month: int, day: int = 1) -> dt.datetime:
    return dt.datetime(2024, month, day, tzinfo=dt.UTC)


def version(key: str, month: int, day: int = 1) -> str:
    return f"{key}@{int(at(month, day).timestamp()) * 1_000_000}"


def pim(kind: str, key: str, moment: dt.datetime, artist: str | None = None) -> Document:
    number = str(int(key[1:]) + (1_000 if kind == "Release" else 9_000))
    node: Document = {"id": number, "classname": kind, f"{kind.lower()}Id": key, "published": True}
    more = {"title": key, "artist": {"artistId": artist}} if artist else {"name": f"{key} of {moment:%d %B}"}
    return node | more | {"modificationDate": int(moment.timestamp())}


def buyer(key: str, moment: dt.datetime, position: int) -> Document:
    row = {"buyer_id": key, "company_name": f"{moment:%d %B}", "kind": "shop", "country": "DE"}
    row |= {"created_at": at(1).isoformat()}
    document = change("buyers", row, position)
    return document | {"source": document["source"] | {"ts_ms": int(moment.timestamp() * 1_000)}}


def ordered(month: int) -> list[Document]:
    """One order of the middle of the month."""
    head = {"order_id": f"O{month}", "order_type": "sale", "currency": "EUR", "country": "DE", "buyer_id": "B1"}
    head |= {"created_at": at(month, 15).isoformat(), "status": "open"}
    line = head | {"line_no": 1, "sku": "R1", "item_category": "product", "qty": 1, "price": "2.5"}
    return [change("orders", head, 100 + month), change("order_lines", line, 100 + month)]


def built(root: Path, run: str) -> Written:
    return build_gold(Lake(root), run, MODELS).written["fct_order_line_version"]


def test_a_late_change_rewrites_the_months_it_touches(tmp_path: Path) -> None:
    first = [pim("Release", "R1", at(1), "A1"), pim("Artist", "A1", at(1)), pim("Artist", "A2", at(1))]
    take_in(tmp_path, "pim", first, pim_objects, artists, releases, name="1")
    lines = [document for month in range(1, 7) for document in ordered(month)]
    take_in(tmp_path, "erp", [buyer("B1", at(1), 1), *lines], erp_changes, buyers, orders, order_lines, name="1")
    assert built(tmp_path, "first").mode == "full"
    everything = (version("R1", 1), version("A1", 1), version("B1", 1))
    expected = {f"O{month}": everything for month in range(1, 7)}
    assert rows(Lake(tmp_path), "fct_order_line_version", KEYS) == [(key, *found) for key, found in expected.items()]

    # A buyer that moved in May: the two lines from then on.
    take_in(tmp_path, "erp", [buyer("B1", at(5), 900)], erp_changes, buyers, orders, order_lines, name="2")
    done = built(tmp_path, "second")
    assert (done.mode, [month.month for month in done.months]) == ("partitions", [5, 6])
    # An artist that no line refers to: nothing.
    take_in(tmp_path, "pim", [pim("Artist", "A2", at(2))], pim_objects, artists, releases, name="2")
    assert built(tmp_path, "third").mode == "skip"
    # The release's artist, late, from February to before April.
    late = [pim("Release", "R1", at(2), "A2"), pim("Release", "R1", at(4), "A1")]
    take_in(tmp_path, "pim", late, pim_objects, artists, releases, name="3")
    done = built(tmp_path, "fourth")
    assert (done.mode, [month.month for month in done.months]) == ("partitions", [2, 3, 4, 5, 6])
    # An artist's name in the middle of March, late: of March's line alone, as A2 serves February and March.
    take_in(tmp_path, "pim", [pim("Artist", "A2", at(3, 10))], pim_objects, artists, releases, name="4")
    done = built(tmp_path, "fifth")
    assert (done.mode, [month.month for month in done.months]) == ("partitions", [3])

    one, two, four = version("R1", 1), version("R1", 2), version("R1", 4)
    old, new = version("B1", 1), version("B1", 5)
    assert rows(Lake(tmp_path), "fct_order_line_version", KEYS) == [
        ("O1", one, version("A1", 1), old),
        ("O2", two, version("A2", 2), old),
        ("O3", two, version("A2", 3, 10), old),
        ("O4", four, version("A1", 1), old),
        ("O5", four, version("A1", 1), new),
        ("O6", four, version("A1", 1), new),
    ]
