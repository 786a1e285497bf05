"""The sources of the documentation site: a page per table, a section per column, links that hold, nothing private."""

import re
from pathlib import Path

import pytest
import yaml

from assets.dictionary import entries, render
from lake.contract import Column, Contract
from lake.delta.views import duckdb_connection
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from serving.docs_site.catalogue import index_page, metrics_page, table_page
from serving.docs_site.facts import HIDDEN, Facts, as_cell, collect, split_traps, state_of
from serving.docs_site.pages import as_page, copy_docs, navigation
from serving.docs_site.picture import lineage_svg

CHECKOUT = Path(__file__).parents[3]
NOTES = Contract(
    name="notes",
    grain="one row per note",
    key=("note_id",),
    layer="silver",
    columns=(
        Column("note_id", "string", "the note"),
        Column("email", "string", "who wrote it", personal=True, nullable=True),
        Column("title", "string", "a | title"),
    ),
)


@pytest.fixture(scope="module")
def found() -> dict[str, Facts]:
    return collect(load_manifest(), None)


def test_every_table_has_a_page_with_a_section_per_column(found: dict[str, Facts]) -> None:
    listed = re.findall(r"^### (\w+)$", render(entries(load_manifest())), re.MULTILINE)
    assert sorted(key.split("/")[1] for key in found) == sorted(listed)
    assert len(found) == len(listed) > 100
    for key, facts in found.items():
        page = table_page(facts)
        sections = re.findall(r"^### `(\w+)` \{ #(\w+) \}$", page, re.MULTILINE)
        assert sections == [(one.name, one.name) for one in facts.entry.fields], key
        assert facts.owner.startswith("team:"), key
        assert facts.description, key
    assert index_page(found).count("](silver/") == sum(key.startswith("silver/") for key in found)


def test_lineage_looks_through_views_and_is_the_same_from_both_ends(found: dict[str, Facts]) -> None:
    assert found["gold/fct_order_line"].upstream == ("silver/exchange_rates", "silver/order_lines", "silver/orders")
    assert found["silver/order_lines"].upstream == ("bronze/erp_changes",)
    assert "gold/fct_sales_day" in found["gold/fct_order_line"].downstream
    for key, facts in found.items():
        assert all(key in found[one].downstream for one in facts.upstream), key


def test_metrics_stand_with_the_table_that_they_are_computed_from(found: dict[str, Facts]) -> None:
    declared = yaml.safe_load((CHECKOUT / "dbt_project/models/semantic/semantic.yml").read_text("utf-8"))
    measures = {
        measure["name"]: re.findall(r"'(\w+)'", model["model"])[0]
        for model in declared["semantic_models"]
        for measure in model.get("measures", [])
    }
    for metric in declared["metrics"]:
        if metric["type"] == "simple":
            measure = metric["type_params"]["measure"]
            table = measures[measure["name"] if isinstance(measure, dict) else measure]
            assert metric["name"] in {name for name, _ in found[f"gold/{table}"].metrics}
    page = metrics_page(load_manifest(), found)
    assert all(f"{{ #{metric['name']} }}" in page for metric in declared["metrics"])


def test_traps_are_taken_out_of_descriptions_and_follow_from_shapes(found: dict[str, Facts]) -> None:
    assert split_traps("One row. Trap: not all\nof them.\n\nMore.") == ("One row.\n\nMore.", ("Not all of them.",))
    assert any("Cash sales" in trap for trap in found["gold/dim_buyer"].traps)
    assert any("Every origin stays" in trap for trap in found["gold/forecasts"].traps)
    assert any("pseudonyms" in trap for trap in found["silver/buyers"].traps)
    assert any("tombstones" in trap for trap in found["silver/orders"].traps)


def test_a_sample_masks_personal_values_and_cannot_break_the_table(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = duckdb_connection().sql(
        "select * from (values ('1', 'ada@example.org', 'a | <b>'), ('2', null, 'two')) as v(note_id, email, title)"
    )
    version = lake.table(NOTES).overwrite(rows.to_arrow_table().cast(NOTES.arrow_schema))
    lake.publish({"silver/notes": version}, "one")
    state = state_of(lake, "silver/notes", NOTES, [("unique_keys", True, "every key once")])
    assert state is not None
    assert state.rows == 2
    assert state.columns == ("note_id", "email", "title")
    assert state.sample == (("1", HIDDEN, "a &#124; &lt;b&gt;"), ("2", "", "two"))
    assert as_cell("x" * 100) == "x" * 39 + "…"


def test_the_picture_links_every_table_and_nothing_outside() -> None:
    svg = lineage_svg("gold/b", ["silver/a"], [f"gold/c{number}" for number in range(20)])
    links = re.findall(r'href="([^"]+)"', svg)
    assert links == ["../silver/a/", *(f"../gold/c{number}/" for number in range(14))]
    assert "6 more" in svg
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_links_out_of_docs_become_pages_or_text_and_lists_stand_alone() -> None:
    page = CHECKOUT / "docs" / "how-to" / "ask.md"
    text = "See [the tool](../../README.md#run), [code](../../Makefile):\n- one\n- [two](../tutorial.md)\n"
    text += "```\n- [x](y.md)\n```"
    assert as_page(text, page, CHECKOUT) == (
        "See [the tool](../about.md#run), code:\n\n- one\n- [two](../tutorial.md)\n```\n- [x](y.md)\n```"
    )


def test_the_navigation_leads_to_every_page(found: dict[str, Facts], tmp_path: Path) -> None:
    copy_docs(CHECKOUT, tmp_path)
    nav = yaml.safe_dump(navigation(CHECKOUT / "docs", found))
    missing = [page for path in tmp_path.rglob("*.md") if (page := path.relative_to(tmp_path).as_posix()) not in nav]
    assert missing == []
