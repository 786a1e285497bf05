"""The pages of generated assets: listen, read, approve or reject."""

import re
from typing import Any

import pytest

from lake.journals.generation import read_standings
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.requests import Wish, ask
from resources.generation.working import work
from serving.web.waveform import waveform
from tests.generation_builders import WISH, add_song, draft, planted, publish_catalogue
from tests.needs import need_packages
from tests.serving_clients import logged_in

pytestmark = pytest.mark.heavy


def assets(lake: Lake, kind: str) -> list[str]:
    found = read_standings(lake).values()
    return [one.id for one in found if one.subject == "asset" and one.details["kind"] == kind]


def test_a_stem_is_heard_seen_and_rejected_with_a_comment(app: Any, lake: Lake) -> None:
    need_packages("jams", "mir_eval", target="audio")
    publish_catalogue(lake)
    add_song(lake, "T1", "R1", 7_100)
    ask(lake, Wish("stem", "T1", ("drums",), parameters={"bars": 4}), "ana")
    work(lake, Generation())
    app.state.services.publications.refresh()
    (asset,) = assets(lake, "stem")
    client = logged_in(app, "generator")
    assert f"/assets/{asset}" in client.get("/assets").text
    page = client.get(f"/assets/{asset}").text
    plan = read_standings(lake)[asset].details["inputs"]
    assert page.count("<line") == len(plan["beats_s"])
    assert all(f">{chord['label']}</text>" in page for chord in plan["chords"][:1])
    sound = client.get(f"/assets/{asset}/file", headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.content) == (206, b"fLaC")
    answer = client.post(f"/assets/{asset}/decision", data={"decision": "reject", "why": "too <busy>"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/assets/{asset}?saved=decision")
    after = client.get(f"/assets/{asset}").text
    assert "too &lt;busy&gt;" in after
    assert 'name="decision"' not in after


def test_a_text_with_findings_has_no_button_to_approve_it(app: Any, lake: Lake) -> None:
    publish_catalogue(lake)
    ask(lake, WISH, "ana")
    work(lake, planted(lambda: draft(({"text": "Grammy", "reason": "no fact"},))))
    app.state.services.publications.refresh()
    (asset,) = assets(lake, "text")
    page = logged_in(app, "generator").get(f"/assets/{asset}").text
    assert "<b>Grammy</b>: no fact" in page
    assert re.findall(r'name="decision" value="(\w+)"', page) == ["reject"]
    viewer = logged_in(app, "viewer")
    assert '<form class="row"' not in viewer.get(f"/assets/{asset}").text
    assert viewer.post(f"/assets/{asset}/decision", data={"decision": "reject", "why": "x"}).status_code == 403
    assert logged_in(app, "generator", "L2").get(f"/assets/{asset}").status_code == 404


def test_a_waveform_places_beats_peaks_and_chords_in_time() -> None:
    plan = {
        "duration_s": 2.0,
        "beats_s": [0.0, 0.5, 1.0, 1.5],
        "beats_per_bar": 2,
        "chords": [{"start_s": 0.0, "label": "C:maj"}, {"start_s": 1.0, "label": "<G>"}],
    }
    drawn = str(waveform([0.5, 1.0], plan, "a loop"))
    assert re.findall(r'class="(bar|grid)" x1="([\d.]+)"', drawn) == [
        ("bar", "0.0"),
        ("grid", "225.0"),
        ("bar", "450.0"),
        ("grid", "675.0"),
    ]
    assert 'points="0.0,50.5 450.0,26.0 450.0,124.0 0.0,99.5"' in drawn
    assert '<text x="450.0" y="18">&lt;G&gt;</text>' in drawn
