"""The asset graph as a reviewed text: a change of it shows up in review, and every asset says what it is."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import AssetKey

import definitions
from assets.checks import every_contract
from lake.contract import CONTRACT_CHECKS
from resources.settings import Settings

SNAPSHOT = Path(__file__).with_name("asset_graph.yaml")
RENEW = "LACQUER_RENEW_SNAPSHOTS"
GRAPH = definitions.build_definitions(Settings()).resolve_asset_graph()
KEYS = sorted(GRAPH.get_all_asset_keys())
# They hold no logic: one counts what others wrote, one names versions.
WITHOUT_CODE = ("bronze/dead_letters", "lake/published")


def name(key: AssetKey) -> str:
    return "/".join(key.path)


def described(key: AssetKey) -> dict[str, Any]:
    node = GRAPH.get(key)
    return {
        "group": node.group_name,
        "kinds": sorted(node.kinds),
        "upstream": sorted(name(parent) for parent in node.parent_keys),
        # Those that every contract gives stand in a test of their own.
        "checks": sorted(check.name for check in node.check_keys if check.name not in CONTRACT_CHECKS),
    }


def test_the_graph_is_the_reviewed_one() -> None:
    found = {name(key): described(key) for key in KEYS}
    if os.environ.get(RENEW):
        SNAPSHOT.write_text(yaml.safe_dump(found, width=120))
    reviewed = yaml.safe_load(SNAPSHOT.read_text())
    differing = {
        key: {"reviewed": reviewed.get(key), "found": found.get(key)}
        for key in sorted(reviewed.keys() | found.keys())
        if reviewed.get(key) != found.get(key)
    }
    assert differing == {}, f"the graph has changed; if it is meant, renew {SNAPSHOT.name}: {RENEW}=1 pytest {__file__}"


@pytest.mark.parametrize("key", KEYS, ids=name)
def test_each_asset_says_what_a_row_is_who_owns_it_and_where_it_lives(key: AssetKey) -> None:
    node = GRAPH.get(key)
    assert re.match(r"One (row|page) per [^.]+\.", node.description or ""), node.description
    assert node.group_name not in (None, "default")
    assert [owner for owner in node.owners if re.fullmatch(r"team:[a-z-]+", owner)] == node.owners != []
    assert node.kinds & {"delta", "view", "json", "sqlite", "html"}
    assert bool(node.code_version) is (name(key) not in WITHOUT_CODE)


def test_every_table_with_a_contract_is_checked_by_it_before_anything_reads_it() -> None:
    contracts = every_contract()
    assert {name(key) for key in KEYS if key.path[0] == "silver"} <= set(contracts)
    for key in KEYS:
        if name(key) in contracts and key.path[0] != "lake":
            checks = {check.name for check in GRAPH.get(key).check_keys if GRAPH.get(check).blocking}
            assert checks >= set(CONTRACT_CHECKS), name(key)


def test_each_bronze_and_silver_table_is_balanced_before_anything_reads_it() -> None:
    blocking = {
        check.name: GRAPH.get(check).blocking for check in GRAPH.asset_check_keys if check.asset_key.path[0] == "silver"
    }
    not_blocking = {check for check, blocks in blocking.items() if not blocks}
    assert not_blocking == {"known_fields", "all_heard", "like_its_past", "fresh"}
    for key in KEYS:
        checks = {check.name for check in GRAPH.get(key).check_keys}
        heard = GRAPH.get(key).group_name == "audio"  # whose rows come from files, none of which is a dead letter
        if key.path[0] == "bronze" and key.path[1] != "dead_letters":
            assert checks - set(CONTRACT_CHECKS) == {"balance", "all_linked" if heard else "bad_share"}
        if key.path[0] == "silver" and not key.path[1].endswith("_history"):
            assert checks >= {"balance", "not_emptied", *(() if heard else ("bad_share",))}


def test_everything_that_is_written_is_published_and_only_then_written_back() -> None:
    stored = {key for key in KEYS if "delta" in GRAPH.get(key).kinds}
    published = AssetKey(["lake", "published"])
    written_back = {AssetKey(["gold", "writebacks"]), AssetKey(["gold", "writeback_conflicts"])}
    assert GRAPH.get(published).parent_keys & stored == stored - {published, *written_back}
    assert {parent for key in written_back for parent in GRAPH.get(key).parent_keys} == {published}
