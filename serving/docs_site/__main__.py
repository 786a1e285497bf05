"""Write the sources of the documentation site: ``python -m serving.docs_site --out DIR [--lake LAKE]``."""

import argparse
import shutil
import sys
from pathlib import Path

import yaml


def write_site(out: Path, lake: Path | None) -> int:
    """Write ``pages/`` and ``mkdocs.yml`` into a folder; how many tables have a page.

    Args:
        out: the folder; its ``pages`` are made anew.
        lake: whose published tables the pages show: freshness, checks, samples. None: the pages lack them.
    """
    from lake.lakehouse import Lake
    from resources.dbt.project import load_manifest
    from resources.settings import PROJECT_ROOT
    from serving.docs_site.catalogue import index_page, metrics_page, table_page
    from serving.docs_site.facts import collect
    from serving.docs_site.pages import copy_docs, navigation

    pages = out / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    copy_docs(PROJECT_ROOT, pages)
    manifest = load_manifest()
    found = collect(manifest, Lake(lake) if lake else None)
    catalogue = pages / "catalogue"
    for key, facts in found.items():
        page = catalogue / f"{key}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(table_page(facts), "utf-8")
    (catalogue / "index.md").write_text(index_page(found), "utf-8")
    (catalogue / "metrics.md").write_text(metrics_page(manifest, found), "utf-8")
    here = Path(__file__).parent
    shutil.copyfile(here / "lineage.css", pages / "lineage.css")
    config = (here / "mkdocs.yml").read_text("utf-8")
    nav = yaml.safe_dump({"nav": navigation(PROJECT_ROOT / "docs", found)}, allow_unicode=True, sort_keys=False)
    (out / "mkdocs.yml").write_text(f"{config}\n{nav}", "utf-8")
    return len(found)


def main(arguments: list[str] | None = None) -> int:
    """Write the sources; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m serving.docs_site", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the sources")
    parser.add_argument("--lake", type=Path, metavar="LAKE", help="lake whose freshness, checks and samples are shown")
    chosen = parser.parse_args(arguments)
    count = write_site(chosen.out, chosen.lake)
    print(f"{chosen.out}: pages of {count} tables; build them with make docs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
