"""One page per lake: what will sell, how sure that is and why, for planners who are no statisticians.

`LAKE/reports/forecast.html`, whole in one file: fan charts with reasons, changes, orders, accuracy beside the simple
rules, kept promises, new releases, worst misses. It shows what is published, and `lacquer report` makes it too.
"""

import datetime as dt
import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, MetadataValue, asset

from assets.pages.figures import figures, published_versions
from assets.publishing import PUBLISHED
from resources.lake import LakeParam

if TYPE_CHECKING:
    from collections.abc import Collection

    from lake.lakehouse import Lake

PLACE = Path("reports") / "forecast.html"
REPORT = AssetKey(["reports", "forecast"])


@asset(
    key=REPORT,
    deps=[PUBLISHED],
    group_name="forecasts",
    kinds={"html"},
    owners=["team:data-engineering"],
    description=__doc__,
    code_version="1",
)
def forecast_report(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Write the page anew, unless it shows these very tables."""
    store = lake.lake()
    versions = published_versions(store)
    place = store.root / PLACE
    if "gold/mart_plan" not in versions or not _is_planned(store, versions):
        return MaterializeResult(metadata={"mode": "skipped: nothing is planned yet"})
    made_of = fingerprint(versions)
    mode = "as it was"
    if not place.exists() or made_of not in place.read_text(encoding="utf-8")[:1000]:
        write_page(place, page(store, versions))
        mode = "written"
    size = place.stat().st_size
    return MaterializeResult(metadata={"mode": mode, "page": MetadataValue.url(place.as_uri()), "bytes": size})


def page(lake: "Lake", versions: dict[str, int], asked: "Collection[str] | None" = None) -> str:
    """The page of these versions of the tables, as HTML."""
    from ml.reporting.page import render

    made: dict[str, Any] = figures(lake, versions, asked)
    return render(made | {"made_of": fingerprint(versions)})


def write_page(place: Path, html: str) -> None:
    """Put the page in its place at once: who reads meanwhile sees the old one or the new one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    draft.write_text(html, encoding="utf-8")
    draft.replace(place)


def fingerprint(versions: dict[str, int]) -> str:
    """What the page is made of: table versions and the code that draws it."""
    import ml.reporting

    digest = sha256(repr(sorted(versions.items())).encode())
    folder = Path(ml.reporting.__path__[0])
    here = Path(__file__)
    drawn = [path for ending in ("py", "jinja", "js") for path in folder.glob(f"*.{ending}")]
    files = [*drawn, *here.parent.glob("*.py")]
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _is_planned(lake: "Lake", versions: dict[str, int]) -> bool:
    con = lake.connect({"gold/mart_plan": versions["gold/mart_plan"]})
    newest: dt.date | None = con.execute("select max(origin) from gold.mart_plan").fetchall()[0][0]
    return newest is not None
