"""Reading over HTTP: the figures of the lake, page by page, in the caller's scope only."""

import pytest

from lake.lakehouse import Lake
from tests import serving_lake
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy


def test_a_forecast_leaves_as_it_is_published(client: MakeClient) -> None:
    answer = client().get("/v1/forecast/R1")
    assert answer.status_code == 200
    made = answer.json()
    assert (made["product_id"], made["origin"], made["model_version"]) == ("R1", "2026-01-31", "abc@1")
    assert [(h["horizon_days"], h["units"]["p50"], h["revenue"]["p90"]) for h in made["horizons"]] == [
        (30, 30.0, 600.0),
        (60, 60.0, 1200.0),
        (90, 90.0, 1800.0),
    ]


def test_predict_answers_in_order_and_names_what_it_does_not_know(client: MakeClient) -> None:
    answer = client().post("/v1/forecast/predict", json={"product_ids": ["R3", "R1", "nope", "R3"]}).json()
    assert [one["product_id"] for one in answer["forecasts"]] == ["R3", "R1"]
    assert answer["unknown"] == ["nope"]


def test_pages_follow_cursors(client: MakeClient) -> None:
    caller, seen, cursor = client(), [], None
    while True:
        params = {"limit": 3, "sort": "-units"} | ({"cursor": cursor} if cursor else {})
        page = caller.get("/v1/releases", params=params).json()
        seen += [one["release_id"] for one in page["releases"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["R3", "R2", "R1", "R4"]


@pytest.mark.parametrize("cursor", ["x", "!!", "W10", "bnVsbA", "WyJ0aXRsZSIsIDEsICIyIl0", "é"])
def test_a_made_up_cursor_is_refused(client: MakeClient, cursor: str) -> None:
    assert client().get("/v1/releases", params={"cursor": cursor}).status_code == 400


def test_an_unchanged_answer_is_not_sent_again_until_a_publication(client: MakeClient, lake: Lake) -> None:
    caller = client()
    first = caller.get("/v1/releases/R1")
    again = caller.get("/v1/releases/R1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    serving_lake.republish(lake, "gold/forecasts", serving_lake.forecasts(scale=2))
    caller.app.state.services.publications.refresh()
    new = caller.get("/v1/releases/R1", headers={"If-None-Match": first.headers["ETag"]})
    assert new.json()["forecast"]["horizons"][0]["units"]["p50"] == 60.0
    assert new.headers["X-Published-State"] != first.headers["X-Published-State"]


def test_a_server_follows_the_lake_by_itself(client: MakeClient, lake: Lake) -> None:
    import time

    with client() as caller:
        assert caller.get("/v1/forecast/R1").json()["horizons"][0]["units"]["p50"] == 30.0
        serving_lake.republish(lake, "gold/forecasts", serving_lake.forecasts(scale=3))
        deadline = time.monotonic() + 60
        while caller.get("/v1/forecast/R1").json()["horizons"][0]["units"]["p50"] != 90.0:
            assert time.monotonic() < deadline, "the publication was not taken up"
            time.sleep(0.1)


def test_sales_buyers_and_stock_are_those_of_the_lake(client: MakeClient) -> None:
    caller = client()
    days = caller.get("/v1/releases/R1/sales").json()
    assert [(day["day"], day["net_units"]) for day in days] == [("2025-12-05", 10), ("2026-01-20", -2)]
    assert [b["buyer_id"] for b in caller.get("/v1/releases/R3/buyers").json()] == ["B2", "B1"]
    assert [b["revenue"] for b in caller.get("/v1/buyers").json()] == ["100.5000", "30.1000", "9.9900"]
    assert [s["release_id"] for s in caller.get("/v1/stock", params={"risk": "High"}).json()] == ["R1"]
    assert caller.get("/v1/buyers/B1").json()["months"][0]["net_units"] == 14
    assert caller.get("/v1/buyers/none").status_code == 404


def test_health_and_readiness_need_no_key(client: MakeClient, lake: Lake) -> None:
    nobody = client(None)
    assert nobody.get("/v1/health").json() == {"status": "ok"}
    ready = nobody.get("/v1/ready").json()
    assert (ready["status"], ready["tables"]) == ("ready", len(serving_lake.TABLES))
    assert nobody.get("/v1/metrics").status_code == 401


def test_metrics_count_requests(client: MakeClient) -> None:
    caller = client()
    caller.get("/v1/releases/R1")
    text = caller.get("/v1/metrics").text
    assert 'lacquer_http_requests_total{method="GET",route="/v1/releases/{release_id}",status="200"}' in text
    assert "lacquer_published_state" in text


def test_the_description_lists_every_route(client: MakeClient) -> None:
    document = client(None).get("/v1/openapi.json").json()
    paths = {"/v1/forecast/{product_id}", "/v1/forecast/predict", "/v1/feedback/sales", "/v1/model-info", "/v1/health"}
    assert paths <= document["paths"].keys()
    assert {"APIKeyHeader", "HTTPBearer"} <= document["components"]["securitySchemes"].keys()
