"""Eleven folders of exports become the planted sales: each line, unit, price and day, with no edit of the mapping."""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from lake.importing.drafting import draft_mapping, table_files
from lake.importing.importing import import_file, in_order
from lake.importing.outcome import Stated
from lake.lakehouse import Lake
from serving.commands.import_targets import import_targets
from tests.exports import austrian, european, shops
from tests.exports.truth import Line, Release, catalogue, sales

Writer = Callable[[Path, list[Release], list[Line]], None]
# Folder -> its writer, how it names a release, and rows that are refused.
FOLDERS: dict[str, tuple[Writer, Callable[[Release], str], int]] = {
    "german": (european.german, lambda one: one.sku, 0),
    "french": (european.french, lambda one: one.sku, 0),
    "american": (shops.american, lambda one: one.ean, 0),
    "excel": (european.excel, lambda one: one.sku, 0),
    "sap": (european.sap, lambda one: one.sku, 0),
    "shopify": (shops.shopify, lambda one: one.sku, 0),
    "woocommerce": (shops.woocommerce, lambda one: one.sku, 0),
    "discogs": (shops.discogs, lambda one: one.sku.lstrip("0"), 0),
    "ddex": (shops.ddex, lambda one: one.ean, 0),
    "mess": (shops.mess, lambda one: one.sku, 3),
    "austrian": (austrian.austrian, lambda one: one.sku, 0),
}


def landed(lake: Path, stream: str, table: str) -> list[dict[str, object]]:
    """What an import has landed of a table: the documents themselves."""
    files = sorted((lake / "landing" / stream).glob(f"*--{table}--*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", FOLDERS)
def test_an_export_is_read_as_it_was_meant(name: str, tmp_path: Path):
    write, number_of, refused = FOLDERS[name]
    releases = catalogue()
    lines = sales(releases)
    folder = tmp_path / name
    folder.mkdir()
    write(folder, releases, lines)
    draft = draft_mapping(table_files(folder))
    paths = sorted(draft.readings)
    lake, stated = Lake(tmp_path / "lake"), Stated()
    results = [
        import_file(lake, path, draft.mapping, import_targets(), stated) for path in in_order(paths, draft.mapping)
    ]
    assert sum(result.outcome.refused for result in results) == refused
    found = [document["after"] for document in landed(lake.root, "erp", "order_lines")]
    if name == "discogs":
        lines = [one for one in lines if one.quantity > 0]
    copies = name == "discogs"
    planted = Counter((number_of(one.release), 1 if copies else one.quantity, one.price, f"{one.day}") for one in lines)
    read = Counter(
        (row["sku"], int(row["qty"]), Decimal(row["price"]), row["created_at"][:10])  # type: ignore[index]
        for row in found
    )
    assert read == planted
    assert len({(row["order_id"], row["line_no"]) for row in found}) == len(lines)  # type: ignore[index]
    known = {node["releaseId"]: node["title"] for node in landed(lake.root, "pim", "releases")}
    titles = {number_of(one): " ".join(one.title.split()) for one in releases}
    assert {key: known.get(key) for key in titles} == titles
    assert {row["sku"] for row in found} <= set(known)  # type: ignore[index]
