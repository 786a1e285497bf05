"""The picture of the packages in docs/architecture.md, drawn from the imports: ``python -m serving.architecture``.

An arrow is an import, at the top of a module or within a function. Arrows that follow from others are left out.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

PACKAGES = ("lacquer", "serving", "benchmarks", "sensors", "assets", "resources", "lake", "ml", "audio", "demo")
INSIDE = ("lake", "serving")  # packages whose own packages are drawn too
PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- packages: begin -->", "<!-- packages: end -->"

Arrows = Mapping[str, frozenset[str]]


def imports_of(packages: Iterable[str] = PACKAGES) -> dict[str, set[str]]:
    """Each module of the packages with the modules of ours that it imports."""
    import grimp

    graph = grimp.build_graph(*packages, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def between(imports: Mapping[str, set[str]], inside: str = "") -> dict[str, frozenset[str]]:
    """Arrows between the parts one level below ``inside``, or between the packages themselves.

    A module beside packages counts as a part of its own; a package's ``__init__`` does not.
    """
    arrows: dict[str, set[str]] = {}
    for module, imported in imports.items():
        if (part := _part(module, inside)) is None:
            continue
        others = {other for each in imported if (other := _part(each, inside)) and other != part}
        arrows.setdefault(part, set()).update(others)
    return {part: frozenset(others) for part, others in sorted(arrows.items())}


def _part(module: str, inside: str) -> str | None:
    parts = module.split(".")
    if not inside:
        return parts[0]
    return ".".join(parts[:2]) if parts[0] == inside and len(parts) > 1 else None


def reduced(arrows: Arrows) -> dict[str, frozenset[str]]:
    """The arrows without those that a longer way implies; of a graph without circles."""
    reach = {part: _reachable(part, arrows) for part in arrows}
    return {
        part: frozenset(to for to in targets if not any(to in reach[other] for other in targets if other != to))
        for part, targets in arrows.items()
    }


def _reachable(part: str, arrows: Arrows) -> set[str]:
    found: set[str] = set()
    ahead = list(arrows.get(part, ()))
    while ahead:
        to = ahead.pop()
        if to not in found:
            found.add(to)
            ahead += arrows.get(to, ())
    return found


def mermaid(arrows: Arrows) -> str:
    """The graph as a Mermaid block, which GitHub and most viewers of Markdown draw."""
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {part}" for part, targets in sorted(arrows.items()) if not targets]
    lines += [f"    {part} --> {to}" for part, targets in sorted(arrows.items()) for to in sorted(targets)]
    return "\n".join([*lines, "```"])


def section() -> str:
    """What stands between the marks of the page."""
    imports = imports_of()
    pictures = [mermaid(reduced(between(imports)))]
    for package in INSIDE:
        pictures += [f"Inside `{package}`:", mermaid(reduced(between(imports, package)))]
    return "\n\n".join(pictures)


def main() -> None:
    """Draw the pictures into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{section()}\n{END}{after}", encoding="utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")


if __name__ == "__main__":
    main()
