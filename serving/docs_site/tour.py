"""Pictures of the dashboard for the documentation: `python -m serving.docs_site.tour --lake DIR`.

A browser goes through the pages of a finished lake, on a desktop and on a phone; its pictures are dashboard-*.png.
"""

import argparse
import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.serve_load import PASSWORD, answer_of, served

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZES: dict[str, tuple[int, int]] = {"": (1280, 860), "-phone": (390, 800)}
METRICS = "metrics?metric=net_revenue&metric=net_units&by=metric_time__month&by=release__genre"
SHOWN = {"": ("overview", "release", "hypothetical", "metrics"), "-phone": ("overview", "alerts", "jobs")}


def pages(release: dict[str, Any], origin: dt.date) -> dict[str, str]:
    """The pages of the tour by the name of their picture: those of the release that is forecast to sell most."""
    hypothetical = f"release_date={origin + dt.timedelta(days=21)}&artist={release['artist_name']}"
    return {
        "overview": "",
        "release": f"releases/{release['release_id']}",
        "hypothetical": f"forecast?{hypothetical}&genre={release['genre']}&format={release['format']}",
        "alerts": "sections/alerts",
        "metrics": METRICS,
        "jobs": "jobs",
    }


def tour(context: "BrowserContext", place: str, visited: dict[str, str], suffix: str, out: Path) -> None:
    """Visit pages and keep what is seen first of each."""
    page = context.new_page()
    for name in SHOWN[suffix]:
        answer = page.goto(f"{place}/{visited[name]}", wait_until="load")
        if answer is None or answer.status != 200:
            raise SystemExit(f"{place}/{visited[name]} cannot be shown: {answer.status if answer else 'no answer'}")
        page.screenshot(path=out / f"dashboard-{name}{suffix}.png")
    page.close()


def main() -> None:
    """Make the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", type=Path, required=True, help="a finished lake of the demo")
    parser.add_argument("--out", type=Path, default=IMAGES, help="where the pictures go; default: docs/images")
    told = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(told.lake.resolve(), Path(folder)) as (_, place, key, link),
        sync_playwright() as playwright,
    ):
        (release,) = answer_of(f"{place}/v1/releases?sort=-units&limit=1", key)["releases"]
        origin = dt.date.fromisoformat(answer_of(f"{place}/v1/model-info", key)["origin"])
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(locale="en-GB", color_scheme="light")
        page = context.new_page()
        page.goto(link)
        page.get_by_label("Name").fill("ana")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.wait_for_url(f"{place}/")
        session = context.storage_state()
        for suffix, (width, height) in SIZES.items():
            seen = browser.new_context(
                storage_state=session, viewport={"width": width, "height": height}, locale="en-GB", color_scheme="light"
            )
            tour(seen, place, pages(release, origin), suffix, told.out)
        browser.close()


if __name__ == "__main__":
    main()
