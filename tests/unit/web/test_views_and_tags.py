"""Saved views belong to whoever saved them; tags belong to the house, within everybody's scope."""

import html
import re
from typing import Any

import pytest

from lake.delta.views import reading_connection, version_sql
from lake.journals.tags import KEY
from tests.serving_clients import logged_in
from tests.unit.web.test_attacks import key_client

pytestmark = pytest.mark.heavy


def on_record(app: Any) -> list[tuple[str, str]]:
    """Release and tag of each published row, by SQL over the Delta table."""
    lake = app.state.services.lake
    sql = version_sql(lake.path(KEY), lake.published()[KEY])
    return reading_connection().execute(f"select release_id, tag from ({sql}) order by all").fetchall()


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["release_id"] for one in answer.json()["releases"]]


def test_a_view_brings_its_filters_back_to_its_owner_alone(app: Any) -> None:
    owner, other = logged_in(app, "analyst"), logged_in(app, "viewer")
    told = {"name": "Jazz <b>now", "q": "blue", "genre": "jazz", "label_id": "", "sort": "-release_date"}
    shown = owner.post("/catalogue/views", data=told)
    assert (shown.status_code, "Jazz &lt;b&gt;now" in shown.text) == (200, True)
    page = owner.get("/catalogue").text
    link = html.unescape(re.findall(r'href="(/catalogue\?[^"]+)">Jazz', page)[0])
    found = owner.get(link).text
    assert re.findall(r'href="/releases/(R\d)"', found) == ["R3", "R1"]  # the newest first
    assert '<option value="jazz" selected>' in found
    assert "Jazz" not in other.get("/catalogue").text
    (view,) = owner.get("/v1/views").json()
    assert view["filters"] == {"q": "blue", "genre": "jazz", "sort": "-release_date"}
    assert other.delete(f"/v1/views/{view['view_id']}").status_code == 404
    again = owner.post("/v1/views", json={"name": "Jazz <b>now", "filters": {"genre": "rock"}})
    assert again.status_code == 201
    assert [one["filters"] for one in owner.get("/v1/views").json()] == [{"genre": "rock"}]
    assert owner.post(f"/catalogue/views/{again.json()['view_id']}/remove").status_code == 200
    assert owner.get("/v1/views").json() == []


def test_tags_are_published_filter_and_stay_in_scope(app: Any) -> None:
    caller, label = key_client(app, "read,tags", None), key_client(app, "read,tags", "L1")
    refresh = app.state.services.publications.refresh
    made = caller.post("/v1/tags", json={"tag": " Spring  List", "release_ids": ["R1", "R3", "R1"]})
    assert (made.status_code, made.json()) == (201, {"tag": "spring list", "release_ids": ["R1", "R3"]})
    assert caller.post("/v1/tags", json={"tag": "spring list", "release_ids": ["R3", "R4"]}).status_code == 201
    assert on_record(app) == [("R1", "spring list"), ("R3", "spring list"), ("R4", "spring list")]
    refresh()
    assert ids(caller.get("/v1/releases?tag=Spring+list&sort=release_id")) == ["R1", "R3", "R4"]
    assert ids(label.get("/v1/releases?tag=spring+list")) == ["R1"]
    assert label.get("/v1/tags").json() == [{"tag": "spring list", "releases": 1}]
    assert label.post("/v1/tags", json={"tag": "mine", "release_ids": ["R1", "R3"]}).status_code == 404
    assert label.delete("/v1/releases/R3/tags/spring list").status_code == 404
    assert label.delete("/v1/releases/R1/tags/spring list").status_code == 204
    assert on_record(app) == [("R3", "spring list"), ("R4", "spring list")]
    refresh()
    assert caller.get("/v1/releases/R1/tags").json() == []
    assert caller.delete("/v1/releases/R1/tags/spring list").status_code == 404
    assert key_client(app, "read", None).post("/v1/tags", json={"tag": "x", "release_ids": ["R1"]}).status_code == 403


def test_pages_tag_what_the_filters_find_and_single_releases(app: Any) -> None:
    client = logged_in(app, "planner")
    assert client.get("/v1/releases?tag=none").json()["releases"] == []
    done = client.post("/catalogue/tags", data={"new_tag": "<i>Jazz", "genre": "jazz"})
    assert (done.status_code, "&lt;i&gt;jazz" in done.text) == (200, True)
    assert on_record(app) == [("R1", "<i>jazz"), ("R3", "<i>jazz")]
    assert client.post("/releases/R2/tags", data={"new_tag": "Café"}).status_code == 303
    page = client.get("/releases/R2").text
    assert 'value="café"' in page
    assert "café" in client.get("/catalogue").text  # a filter to choose
    assert client.post("/releases/R2/tags/remove", data={"tag": "café"}).status_code == 303
    assert on_record(app) == [("R1", "<i>jazz"), ("R3", "<i>jazz")]
    assert client.post("/catalogue/tags", data={"new_tag": "x", "genre": "nothing"}).status_code == 422
    for wrong in ("", "   ", "a,b", "a/b", "x" * 41, "a\nb"):
        assert client.post("/v1/tags", json={"tag": wrong, "release_ids": ["R1"]}).status_code == 422
    assert logged_in(app, "viewer").post("/releases/R2/tags", data={"new_tag": "x"}).status_code == 403
