"""The form of a release that is not in the catalogue shows the numbers of the API, in English and in German."""

import datetime as dt
from typing import Any

import pytest

from lake.lakehouse import Lake
from tests import hypothetical_world
from tests.serving_clients import logged_in
from tests.serving_lake import ORIGIN

pytestmark = pytest.mark.heavy
LAUNCH = ORIGIN + dt.timedelta(days=14)


def test_the_page_shows_what_the_api_answers(app: Any, lake: Lake) -> None:
    hypothetical_world.publish(lake)
    client = logged_in(app)
    assert "/forecast" in client.get("/catalogue").text
    assert "Band A5" in client.get("/forecast").text  # offered while typing
    told = {"release_date": str(LAUNCH), "artist": "Band A5", "genre": "jazz", "list_price": "11,00"}
    page = client.get("/forecast", params=told)
    assert page.status_code == 200, page.text
    asked = {"hypothetical": [told | {"list_price": 11.0}]}
    (made,) = client.post("/v1/forecast/predict", json=asked).json()["hypothetical"]
    for one in made["horizons"]:
        assert f"<b>{one['units']['p50']:,.0f}</b>" in page.text
    for one in made["rests_on"]:
        assert f'href="/releases/{one["release_id"]}">{one["title"]}</a>' in page.text
    client.post("/account/language", data={"language": "de"})
    assert "Worauf das beruht" in client.get("/forecast", params=told).text


def test_the_page_says_what_is_wrong(app: Any, lake: Lake) -> None:
    hypothetical_world.publish(lake)
    client = logged_in(app)
    for told, says in (
        ({"release_date": str(ORIGIN)}, "give a day after"),
        ({"release_date": "soon"}, "release_date: Input should be a valid date"),
        ({"release_date": str(LAUNCH), "list_price": "cheap"}, "list_price: Input should be a valid number"),
        ({"artist": "Band A5"}, "release_date"),
    ):
        page = client.get("/forecast", params=told)
        assert (page.status_code, says in page.text) == (422, True), page.text
