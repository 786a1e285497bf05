"""The catalogue: one page per table, an index, and the metrics of the semantic layer, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assets.dictionary import LAYERS, Field
from serving.docs_site.facts import Facts, State
from serving.docs_site.picture import lineage_svg


def table_page(facts: Facts) -> str:
    """The page of a table: what a row is, traps, lineage, quality, metrics, a sample, and a section per column."""
    entry = facts.entry
    lines = ["---", "hide:", "  - toc", "---", "", f"# {facts.key}", "", facts.description, "", *_properties(facts)]
    if facts.traps:
        lines += ["", "## Traps", "", *(f"- {one}" for one in facts.traps)]
    lines += ["", "## Lineage", "", lineage_svg(facts.key, facts.upstream, facts.downstream), ""]
    lines += [f"Computed from: {_links(facts.upstream)}.", "", f"Read by: {_links(facts.downstream)}."]
    lines += ["", "## Freshness and quality", "", *_quality(facts)]
    if facts.metrics:
        lines += ["", "## Metrics that use it", ""]
        lines += [f"- [`{name}`](../metrics.md#{name}): {words}" for name, words in facts.metrics]
    if facts.state is not None and facts.state.sample:
        lines += ["", "## Sample", "", *_sample(facts.state)]
    lines += ["", "## Columns"]
    for one in entry.fields:
        lines += ["", *_column(one)]
    return "\n".join(lines) + "\n"


def _properties(facts: Facts) -> list[str]:
    entry = facts.entry
    made = {"dbt": "SQL (dbt)", "contract": "contract in Python"}[entry.made_by]
    rows = [
        ("Owner", facts.owner),
        ("Group", facts.group),
        ("Key", f"`{entry.key}`" if entry.key else "none: rows are appended"),
        ("Partitions", f"`{entry.partition}`" if entry.partition else "none"),
        ("Declared by", made),
    ]
    return ["| property | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]


def _links(tables: Sequence[str]) -> str:
    return ", ".join(f"[{name}](../{name}.md)" for name in tables) or "no other table"


def _quality(facts: Facts) -> list[str]:
    expected = f"Expected to change every {facts.freshness_hours} hours. " if facts.freshness_hours else ""
    checked = ", ".join(f"`{name}`" for name in facts.promised)
    lines = [f"Checked in each run: {checked}." if checked else "A system table of the lake; no run checks it.", ""]
    if facts.state is None:
        return [*lines, f"{expected}Not published in the lake that this page was made from."]
    state = facts.state
    lines += [f"{expected}Last changed {state.changed_at:%Y-%m-%d %H:%M} UTC; {state.rows:,} rows.", ""]
    if state.checks:
        lines += ["| check | result | what was found |", "|---|---|---|"]
        lines += [f"| `{name}` | {'ok' if ok else '**failed**'} | {_cell(words)} |" for name, ok, words in state.checks]
    return lines


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _sample(state: State) -> list[str]:
    head = [
        f"The first {len(state.sample)} rows of the demo lake, by order of their values; personal values are masked.",
        "",
    ]
    head += [f"| {' | '.join(f'`{name}`' for name in state.columns)} |", "|---" * len(state.columns) + "|"]
    return [*head, *(f"| {' | '.join(row)} |" for row in state.sample)]


def _column(one: Field) -> list[str]:
    kind = f"{one.type}{', may be null' if one.nullable else ''}"
    return [f"### `{one.name}` {{ #{one.name} }}", "", f"*{kind}.* {one.words.replace('<', '&lt;')}"]


def index_page(found: Mapping[str, Facts]) -> str:
    """All tables by layer, with their grain."""
    lines = ["# Catalogue", "", "Every table, with grain, owner, traps, lineage, quality, sample and columns. "]
    lines += ["The search above finds tables and columns. [Metrics](metrics.md) lists what can be asked by name.", ""]
    for layer, words in LAYERS.items():
        lines += [f"## {layer.capitalize()}", "", words, "", "| table | what a row is |", "|---|---|"]
        for key, one in found.items():
            if one.entry.layer == layer:
                first = one.description.split(". ")[0].split("\n")[0].rstrip(".")
                lines.append(f"| [{one.entry.name}]({key}.md) | {_cell(first)} |")
        lines.append("")
    return "\n".join(lines)


def metrics_page(manifest: Mapping[str, Any], found: Mapping[str, Facts]) -> str:
    """Each metric, with the tables that it is computed from."""
    lines = [
        "# Metrics",
        "",
        "Defined once, in the semantic layer; dashboard, API, reports and `lacquer ask` share them.",
    ]
    tables: dict[str, list[str]] = {}
    for key, one in found.items():
        for name, _ in one.metrics:
            tables.setdefault(name, []).append(key)
    for one in sorted(manifest.get("metrics", {}).values(), key=lambda metric: metric["name"]):
        sources = ", ".join(f"[{key}]({key}.md)" for key in tables.get(one["name"], ()))
        lines += ["", f"## {one['label'] or one['name']} {{ #{one['name']} }}", ""]
        lines += [f"`{one['name']}`: {' '.join(one['description'].split())}", "", f"Computed from {sources}."]
    return "\n".join(lines) + "\n"
