"""The pages of ``docs/`` for MkDocs: links that leave ``docs/``, lists that it can read, and the navigation."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

OUTSIDE = {"README.md": "about.md", "CHANGELOG.md": "changelog.md", "LICENSE": None}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
LIST = re.compile(r"(- |\d+\. )")
FENCE = re.compile(r"\s*(```|~~~)")


def copy_docs(checkout: Path, target: Path) -> None:
    """Copy ``docs/`` with the README and the changelog, each page as MkDocs wants it."""
    docs = checkout / "docs"
    for path in sorted(docs.rglob("*")):
        if path.is_file():
            place = target / path.relative_to(docs)
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".md":
                place.write_text(as_page(path.read_text("utf-8"), path, checkout), "utf-8")
            else:
                shutil.copyfile(path, place)
    for name, page in OUTSIDE.items():
        if page is not None:
            text = as_page((checkout / name).read_text("utf-8"), checkout / name, checkout)
            (target / page).write_text(text, "utf-8")


def as_page(text: str, path: Path, checkout: Path) -> str:
    """A page's text with links that hold on the site and a blank line before each list and table."""
    lines: list[str] = []
    in_code = False
    for line in text.split("\n"):
        if FENCE.match(line):
            in_code = not in_code
        elif not in_code:
            if lines and lines[-1].strip() and _begins_block(line, lines[-1]):
                lines.append("")
            line = LINK.sub(lambda found: _link(found, path, checkout), line)
        lines.append(line)
    return "\n".join(lines)


def _begins_block(line: str, before: str) -> bool:
    """Whether a list or a table begins right after a paragraph, which Python-Markdown does not see."""
    if LIST.match(line):
        return not (LIST.match(before) or before.startswith(" "))
    return line.startswith("|") and not before.startswith("|")


def _link(found: re.Match[str], path: Path, checkout: Path) -> str:
    mark, text, link = found.groups()
    where, _, anchor = link.partition("#")
    if "://" in link or link.startswith("mailto:") or not where:
        return found[0]
    docs, target = checkout / "docs", (path.parent / where).resolve()
    on_site = target.relative_to(docs) if target.is_relative_to(docs) else None
    if on_site is None and target.parent == checkout and OUTSIDE.get(target.name):
        on_site = Path(str(OUTSIDE[target.name]))
    if on_site is None or not (target.exists() and target.is_file()):
        return text  # a file of the code, which the site does not hold
    here = path.parent.relative_to(docs) if path.is_relative_to(docs) else Path()
    relative = Path(*[".."] * len(here.parts), on_site)
    return f"{mark}[{text}]({relative.as_posix()}{f'#{anchor}' if anchor else ''})"


def navigation(docs: Path, tables: Iterable[str]) -> list[Any]:
    """The navigation: the sections of the index, then the catalogue by layer, then what the index does not name."""
    sections: list[Any] = ["index.md"]
    section: list[Any] = []
    for line in (docs / "index.md").read_text("utf-8").split("\n"):
        if heading := re.fullmatch(r"\*\*(.+)\*\*", line.strip()):
            section = []
            sections.append({heading[1]: section})
        elif line.startswith("- "):
            section += [page for found in LINK.finditer(line) if (page := _on_site(found[3]))]
    layers: dict[str, list[str]] = {}
    for key in tables:
        layers.setdefault(key.split("/")[0], []).append(f"catalogue/{key}.md")
    catalogue: list[Any] = ["catalogue/index.md", "catalogue/metrics.md"]
    catalogue += [{layer.capitalize(): pages} for layer, pages in layers.items()]
    for one in sections:
        if isinstance(one, dict):
            for pages in one.values():
                for number, page in enumerate(pages):
                    if page == "decisions/README.md":
                        more = sorted((docs / "decisions").glob("0*.md"))
                        pages[number] = {"Decisions": [page, *(f"decisions/{path.name}" for path in more)]}
    sections.insert(2, {"Catalogue": catalogue})
    return sections


def _on_site(link: str) -> str | None:
    """The page of a link of the index; None for what is no page."""
    where = link.partition("#")[0]
    if "://" in where or not where.endswith(".md"):
        return None
    return OUTSIDE.get(Path(where).name, where) if where.startswith("../") else where
