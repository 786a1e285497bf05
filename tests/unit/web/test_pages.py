"""Pages: they show the lake's figures, in both languages, to whom they belong, and run no script of anybody's."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.serving_clients import browser, logged_in

pytestmark = pytest.mark.heavy
PAGES = ("/", "/catalogue", "/releases/R1", "/buyers", "/buyers/B1", "/stock", "/models", "/account")
TEMPLATES = Path(__file__).parents[3] / "serving" / "web" / "templates"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_shown(app: Any, language: str) -> None:
    client = logged_in(app)
    client.post("/account/language", data={"language": language})
    for path in PAGES:
        answer = client.get(path)
        assert (answer.status_code, f'<html lang="{language}">' in answer.text) == (200, True), path


def test_every_word_of_the_templates_is_translated() -> None:
    from serving.web.words import GERMAN

    used = {
        words for file in TEMPLATES.glob("*.html") for words in re.findall(r'\bt\("((?:[^"])+)"\)', file.read_text())
    }
    assert len(used) > 60
    assert used - GERMAN.keys() == set()


def test_nobody_sees_a_page_without_a_session(app: Any) -> None:
    for path in (*PAGES, "/catalogue/rows", "/fresh?state=1", "/admin"):
        answer = browser(app).get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login?next=/")


def test_the_release_page_has_the_figures_of_the_lake(app: Any) -> None:
    page = logged_in(app).get("/releases/R2").text
    for figure in ("Café Noir", "<b>60</b>", "<b>120</b>", "<b>180</b>", "600 EUR"):
        assert figure in page


def test_numbers_are_written_as_the_reader_writes_them(app: Any) -> None:
    client = logged_in(app)
    assert "80.00 EUR" in client.get("/releases/R1").text
    client.post("/account/language", data={"language": "de"})
    german = client.get("/releases/R1").text
    assert "80,00 EUR" in german
    assert "31.01.2026" in german


def test_what_a_source_says_is_text_and_never_markup(app: Any) -> None:
    client = logged_in(app)
    for path in ("/releases/R3", "/catalogue", "/catalogue/rows?q=sky", "/catalogue?q=%3Cb%3Ex"):
        text = client.get(path).text
        assert "<b>Sky" not in text
        assert "<b>x" not in text
    assert "blue &lt;b&gt;Sky&lt;/b&gt;" in client.get("/releases/R3").text


def test_pages_forbid_inline_scripts_and_styles_and_have_none(app: Any) -> None:
    client = logged_in(app, "admin")
    for path in (*PAGES, "/admin"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|https?://(?!127)", answer.text), path
    assert client.get("/vendor/htmx-2.min.js").status_code == 200
    assert client.get("/static/../pages.py").status_code == 404
    assert client.get("/static/%2e%2e/pages.py").status_code == 404


def test_a_label_sees_its_own_on_every_page(app: Any) -> None:
    client = logged_in(app, "planner", "L1")
    for path in ("/releases/R3", "/releases/R4", "/buyers/B2", "/buyers/B3"):
        assert client.get(path).status_code == 404, path
    for path in ("/", "/catalogue", "/buyers", "/stock", "/catalogue/rows?q=", "/catalogue/rows?label_id=L2"):
        text = client.get(path).text
        assert not {one for one in ("Sky", "R4", "Second Label", "Shop 2", "Shop 3") if one in text}, path


def test_a_section_is_there_as_soon_as_its_table_is(app: Any, lake: Lake) -> None:
    import pyarrow as pa

    client = logged_in(app)
    assert client.get("/sections/alerts").status_code == 404
    assert 'href="/sections/alerts"' not in client.get("/").text
    rows = pa.table({"alert_id": ["a1", "a2"], "release_id": ["R1", "R3"], "priority": ["low", "critical"]})
    rows = rows.append_column("state", pa.array(["open", "open"]))
    rows = rows.append_column("message", pa.array(["few units left", "many plays"]))
    serving_lake.republish(lake, "gold/alerts", rows)
    app.state.services.publications.refresh()
    page = client.get("/sections/alerts").text
    assert page.index("many plays") < page.index("few units left")
    assert '<a href="/releases/R1">Blue Hours</a>' in page
    assert "few units left" in client.get("/releases/R1").text
    assert "many plays" not in logged_in(app, "planner", "L1").get("/sections/alerts").text


def test_every_heading_is_translated_and_sums_have_no_decimals() -> None:
    from serving.web.formats import cell
    from serving.web.words import GERMAN, HEADINGS

    assert set(HEADINGS.values()) - GERMAN.keys() == set()
    assert (cell(1234.5, "de", "order_cost"), cell(12.5, "en", "price"), cell(None, "en", "units")) == (
        "1.234",
        "12.50",
        "–",
    )


def test_a_page_notices_a_new_publication(app: Any, lake: Lake) -> None:
    client = logged_in(app)
    state = app.state.services.publications.reader().state.number
    assert client.get("/fresh", params={"state": state}).text.strip() == ""
    serving_lake.republish(lake, "gold/forecasts", serving_lake.forecasts(scale=2))
    app.state.services.publications.refresh()
    assert "New data has been published." in client.get("/fresh", params={"state": state}).text


def test_an_override_of_the_page_is_shown_at_once(app: Any) -> None:
    form = {"horizon_days": "30", "units": "77", "until": "2026-03-31", "why": "TV"}
    client = logged_in(app, "planner")
    assert client.post("/releases/R1/override", data=form).status_code == 303
    assert "77 planner of None" in client.get("/releases/R1").text
    assert logged_in(app, "viewer").post("/releases/R1/override", data=form).status_code == 403
    assert client.post("/releases/R1/override", data=form | {"units": "-1"}).status_code == 422


def test_feedback_of_the_page_lands(app: Any, lake: Lake) -> None:
    form = {"origin": "2026-01-31", "horizon_days": "30", "actual_units": "5"}
    assert logged_in(app, "planner").post("/releases/R1/feedback", data=form).status_code == 303
    assert len(list((lake.root / "landing" / "feedback").iterdir())) == 1


def test_the_page_of_models_has_the_band_the_drift_and_the_time_line(lake: Lake, app: Any) -> None:
    import datetime as dt

    from assets.governance.drift_reports import DRIFT_REPORTS
    from assets.governance.model_health import MODEL_HEALTH
    from lake.journals.models import PROMOTIONS_KEY
    from ml.promotion.candidate import Candidate
    from resources.registry import Registry

    day = dt.date(2026, 1, 1)
    registry = Registry(lake)
    registry.submit(Candidate("forecast", "a", "a", day, {}, b"one"), "run")
    registry.submit(Candidate("forecast", "b", "b", day, {}, b"two"), "run")
    at = registry.promote("forecast", 2, by="<b>Ada</b>", why="4% better", report="The first sentence.")
    health = {"model": "forecast", "version": 2, "role": "champion", "origin": day, "n": 40, "loss": 1.5}
    health |= {"coverage": 0.875, "band_low": 0.5, "band_high": 1.25, "is_above": True}
    drift = {"model": "forecast", "origin": day, "feature": "units_28", "version": 2, "psi": 0.4, "is_large": True}
    published = {PROMOTIONS_KEY: at}
    for contract, row in ((MODEL_HEALTH, health), (DRIFT_REPORTS, drift)):
        rows = pa.Table.from_pylist([row], schema=contract.arrow_schema)
        published[f"gold/{contract.name}"] = lake.table(contract).overwrite(rows, None)
    lake.publish(published, "run")
    page = logged_in(app).get("/models").text
    for figure in ("1.500", "0.500 – 1.250", "above", "87.5", "units_28", "0.400", "large", "4% better"):
        assert figure in page, figure
    for words in ("first", "challenge", "promote", "The first sentence.", "&lt;b&gt;Ada&lt;/b&gt;"):
        assert words in page, words
