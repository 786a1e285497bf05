"""The data dictionary says of every table what its contract or dbt's YAML says, and the committed page is of today."""

from assets.dictionary import PAGE, contract_entry, entries, render
from definitions import build_definitions
from lake.contract import Column, Contract
from resources.dbt.project import load_manifest
from resources.settings import Settings

PRICES = Contract(
    name="prices",
    grain="one row per release",
    key=("release_id",),
    latest_by="source_position",
    columns=(
        Column("release_id", "string", "the release", source="sku"),
        Column("price", "decimal(12, 4)", "price a | b", source="p", unit="EUR", minimum=0, nullable=True),
        Column("kind", "string", "what it is", allowed=("list", "net")),
        Column("phone", "string", "of the contact", personal=True),
        Column("is_free", "bool", "whether it costs nothing", sql="price = 0"),
    ),
)


def test_a_table_reads_as_its_contract_says() -> None:
    page = render([contract_entry(PRICES)])
    assert page[page.index("### prices") :].split("## Gold")[0].rstrip("\n").split("\n") == [
        "### prices",
        "",
        "One row per release.",
        "",
        "key: `release_id`",
        "",
        "| column | type | may be null | what it is |",
        "|---|---|---|---|",
        "| `release_id` | string |  | the release; from `sku` |",
        "| `price` | decimal(12, 4) | yes | price a \\| b; unit: EUR; at least 0; from `p` |",
        "| `kind` | string |  | what it is; one of `list`, `net` |",
        "| `phone` | string |  | of the contact; personal data, kept as a pseudonym |",
        "| `is_free` | bool |  | whether it costs nothing; is `price = 0` |",
        "| `source_position` | int64 |  | position of the change in its source; the greatest wins |",
        "| `source_changed_at` | timestamp | yes | moment of the change in its source |",
    ]


def test_every_stored_table_of_the_graph_is_described_once() -> None:
    graph = build_definitions(Settings()).resolve_asset_graph()
    nodes = load_manifest()["nodes"].values()
    views = {f"{node['schema']}/{node['name']}" for node in nodes if node["config"].get("materialized") == "view"}
    layers = ("bronze", "silver", "gold")
    stored = sorted({"/".join(key.path) for key in graph.executable_asset_keys if key.path[0] in layers} - views)
    listed = [f"{entry.layer}/{entry.name}" for entry in entries(load_manifest()) if entry.layer != "lake"]
    assert sorted(listed) == stored


def test_the_committed_page_is_what_the_contracts_say_today() -> None:
    again = "docs/reference/data-dictionary.md is out of date: run .venv/bin/python -m assets.dictionary"
    assert PAGE.read_text(encoding="utf-8") == render(entries(load_manifest())), again
