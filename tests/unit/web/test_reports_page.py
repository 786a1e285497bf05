"""The page and the REST answer of weekly reports: the lake's lines, scopes, what is refused."""

from typing import Any

import pytest

from tests.needs import need_packages
from tests.serving_clients import logged_in

pytestmark = pytest.mark.heavy


def test_the_page_tells_the_newest_week_that_ended(app: Any) -> None:
    page = logged_in(app, "viewer").get("/reports", params={"week": "2026-01-05"})
    assert page.status_code == 200
    assert "Week 2026-W02: all releases" in page.text
    assert "30.10 EUR" in page.text
    assert "Sold most: blue &lt;b&gt;Sky&lt;/b&gt; (R3) with 6 units and 30.10 EUR." in page.text


def test_what_cannot_be_told_is_said_on_the_page(app: Any) -> None:
    page = logged_in(app, "viewer").get("/reports", params={"artist": "<i>Nobody</i>"})
    assert page.status_code == 422
    assert "no artist &#39;&lt;i&gt;Nobody&lt;/i&gt;&#39; is published" in page.text


def test_rest_gives_every_fact_in_scope(app: Any) -> None:
    whole = logged_in(app).get("/v1/reports/weekly", params={"week": "2025-W49"}).json()
    facts = {one["name"]: one["value"] for one in whole["facts"]}
    assert facts["revenue"] == 120.5
    assert whole["wording"] == "template"
    client = logged_in(app, "viewer", "L1")
    own = client.get("/v1/reports/weekly", params={"week": "2025-W49"}).json()
    assert {one["name"]: one["value"] for one in own["facts"]}["revenue"] == 100.0
    assert client.get("/v1/reports/weekly", params={"label": "Second Label"}).status_code == 422
    assert client.get("/v1/reports/weekly", params={"week": "soon"}).status_code == 422


def test_the_week_in_words_is_a_template_that_can_be_mailed(app: Any) -> None:
    need_packages("typst", target="serve-tools")
    client = logged_in(app)
    assert client.get("/reports/files/weekly-words").content.startswith(b"%PDF-")
    assert "weekly-words" in client.get("/v1/reports").text
