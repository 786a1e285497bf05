"""Downloads over HTTP."""

import csv
import io

import pytest

from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy


def test_a_download_needs_its_permission_and_stays_in_scope(client: MakeClient) -> None:
    assert client("read").get("/v1/exports/dim_release").status_code == 403
    text = client("read,export", "L1").get("/v1/exports/dim_release").text
    assert {row["release_id"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))} == {"R1", "R2"}


@pytest.mark.parametrize(
    "name", ["erp_changes", "published", "../gold/forecasts", "forecasts;drop", "gold.forecasts", "x" * 99]
)
def test_only_tables_that_are_seen_are_downloaded(client: MakeClient, name: str) -> None:
    assert client("read,export").get(f"/v1/exports/{name}").status_code == 404


@pytest.mark.parametrize(("form", "magic"), [("csv", b"\xef\xbb\xbfrelease_id"), ("xlsx", b"PK"), ("parquet", b"PAR1")])
def test_each_format_is_what_it_says(client: MakeClient, form: str, magic: bytes) -> None:
    answer = client("read,export").get("/v1/exports/forecasts", params={"format": form})
    assert answer.status_code == 200
    assert answer.content.startswith(magic)
    assert f'filename="forecasts.{form}"' in answer.headers["content-disposition"]


def test_the_weekly_report_is_a_pdf_of_what_the_sender_sees(client: MakeClient) -> None:
    from serving.exports.weekly import best_sellers

    caller = client("read,export")
    answer = caller.get("/v1/reports/weekly-sales")
    assert answer.content.startswith(b"%PDF-")
    publications = caller.app.state.services.publications
    assert [(row["release_id"], row["units"]) for row in best_sellers(publications.reader())] == [("R4", 1)]
    assert client("read,export", "L1").get("/v1/reports/weekly-sales").status_code == 200
    assert client("read,export", "none").get("/v1/reports/weekly-sales").status_code == 404
