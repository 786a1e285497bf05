"""Reports of metrics: page, REST and files have the same numbers, those of the lines; scopes hold in files."""

import csv
import html
import io
import re
from decimal import Decimal
from typing import Any

import pytest

from tests import serving_lake
from tests.needs import need_packages
from tests.serving_clients import logged_in
from tests.unit.web.test_attacks import key_client

pytestmark = pytest.mark.heavy
ASKED = {"metrics": ["net_revenue", "net_units"], "group_by": ["release"], "order_by": ["-net_units"]}


@pytest.fixture(autouse=True)
def metricflow() -> None:
    need_packages("metricflow", target="serve-tools")


def expected(labels: set[str]) -> dict[str, tuple[Decimal, int]]:
    """Revenue and units per release, from the lines."""
    found: dict[str, tuple[Decimal, int]] = {}
    for _, _, _, release, units, money, _ in serving_lake.LINES:
        if serving_lake.OWNERS[release] in labels:
            revenue, sold = found.get(release, (Decimal(0), 0))
            found[release] = revenue + Decimal(money), sold + units
    return found


def shown(content: bytes) -> dict[str, tuple[Decimal, int]]:
    rows = csv.DictReader(io.StringIO(content.decode().lstrip("\ufeff")))
    return {row["release"]: (Decimal(row["net_revenue"]), int(row["net_units"])) for row in rows}


def test_files_have_the_numbers_of_the_lines_in_each_scope(app: Any) -> None:
    import pyarrow.parquet as pq

    for labels, scope in (({"L1", "L2"}, None), ({"L1"}, "L1")):
        caller = key_client(app, "read,export", scope)
        answer = caller.post("/v1/metrics/export", json=ASKED)
        assert answer.status_code == 200, answer.text
        assert shown(answer.content) == expected(labels)
        table = pq.read_table(
            io.BytesIO(caller.post("/v1/metrics/export", json=ASKED, params={"format": "parquet"}).content)
        )
        rows = {one["release"]: (one["net_revenue"], one["net_units"]) for one in table.to_pylist()}
        assert rows == expected(labels)
        units = [one["net_units"] for one in caller.post("/v1/metrics/query", json=ASKED).json()["rows"]]
        assert units == sorted((sold for _, sold in expected(labels).values()), reverse=True)
        book = caller.post("/v1/metrics/export", json=ASKED, params={"format": "xlsx"}).content
        assert book[:2] == b"PK"
    assert key_client(app, "read", None).post("/v1/metrics/export", json=ASKED).status_code == 403


def test_filters_and_unknown_columns(app: Any) -> None:
    caller = key_client(app, "read,export", None)
    only = caller.post("/v1/metrics/export", json=ASKED | {"where": {"release": ["R3"]}})
    assert shown(only.content) == {"R3": expected({"L2"})["R3"]}
    wrong = caller.post("/v1/metrics/query", json=ASKED | {"order_by": ["buyers"]})
    assert (wrong.status_code, "buyers is no column" in wrong.text) == (422, True)


def test_the_page_builds_a_report_and_its_files_say_the_same(app: Any) -> None:
    analyst = logged_in(app)
    asked = "/metrics?metric=net_revenue&metric=net_units&by=release__genre&by=&since=2025-12-01&until=2026-01-15"
    page = analyst.get(asked).text
    assert "<td>jazz</td>" in page
    assert re.search(r'<option value="net_units" selected>', page)
    link = html.unescape(re.findall(r'href="(/metrics/file[^"]+format=csv)"', page)[0])
    rows = list(csv.DictReader(io.StringIO(analyst.get(link).text.lstrip("\ufeff"))))
    # R1: 100.00, R3: 20.50 and 30.10; what sold later is outside the days.
    assert [(row["release__genre"], Decimal(row["net_revenue"])) for row in rows] == [("jazz", Decimal("150.60"))]
    assert logged_in(app, "viewer").get(link).status_code == 403
    assert analyst.get("/metrics?metric=net_revenue&since=2026-13-99").status_code == 422
