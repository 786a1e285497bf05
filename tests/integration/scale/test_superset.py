"""A real Superset imports the bundle, and its charts show what SQL over gold says."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lake.delta.table import Table
from lake.lakehouse import Lake
from resources.superset.server import ADMIN, admin_password, is_installed, make_label_role, prepare, running
from resources.trino.server import free_port
from tests import copilot_lake
from tests.needs import need, need_packages, need_program

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]
DAY = f"date '{copilot_lake.ORIGIN}'"
MORE = {
    "mart_alerts": "select a.*, r.title, r.artist_name, r.label_name, 3::int as days_open from gold.alerts as a "
    "join gold.dim_release as r using (release_id)",
    "buyer_segments": "select buyer_id, if(substr(buyer_id, 2)::int < 3, 'key accounts', 'small') as segment, "
    "substr(buyer_id, 2)::int as recency_days, 7::int as orders, 12.5 * substr(buyer_id, 2)::int as monetary "
    "from gold.dim_buyer",
    "buyer_propensity": f"select buyer_id, {DAY} as origin, 0.25::double as probability, 1.5::double as "
    f"expected_orders from gold.dim_buyer union all select buyer_id, {DAY} - 30, 1, 99 from gold.dim_buyer",
    "mart_forecast_accuracy": "select * from gold.mart_forecast_accuracy union all select 'units', 30, 'active', "
    f"{DAY} - 30 * i::int, 'served', false, 10, i / 10.0, 0, 0.9, 0.1 from range(1, 4) as u(i)",
}
SOLD = "from gold.fct_order_line as l left join gold.dim_release as r using (release_id) where is_product"
# What charts must show, by SQL of our own.
EXPECTED = {
    "Net units": f"select sum(quantity) {SOLD}",
    "Net revenue": f"select sum(house_revenue) {SOLD}",
    "Orders": f"select count(distinct order_id) {SOLD} and not is_return",
    "Return rate": f"select -sum(quantity) filter (is_return) / sum(quantity) filter (not is_return) {SOLD}",
    "Net revenue by country": f"select country, sum(house_revenue) {SOLD} group by all",
    "Net revenue by month and genre": f"select order_month, genre, sum(house_revenue) {SOLD} group by all",
    "Labels": f"select label_name, sum(house_revenue), sum(quantity), count(distinct buyer_id) {SOLD} group by all",
    "Available units": "select sum(available) from gold.mart_stock_cover",
    "Days of cover": "select sum(available) / sum(units_per_day) from gold.mart_stock_cover",
    "Units expected ahead": "select sum(expected_units) from gold.mart_forecast_product_day",
    "WAPE by horizon": "select * from values (30, .47, -.1, .3, .9), (60, .44, -.1, .3, .9), (90, .41, -.1, .3, .9)",
    "WAPE of 30 days by origin": f"select {DAY} - 30 * i::int, i / 10.0 from range(1, 4) as u(i)",
    "Orders expected in 30 days": "select 7.5",
    "Revenue by segment": "select * from values ('key accounts', 37.5), ('small', 150.0)",
    "Open alerts": "select 4",
    "Alerts by priority": "select * from values ('critical', 1), ('high', 2), ('low', 1), ('medium', 1)",
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake, con = copilot_lake.build(tmp_path_factory.mktemp("superset") / "lake"), copilot_lake.database()
    made = {f"gold/{name}": con.sql(sql).to_arrow_table() for name, sql in MORE.items()}
    lake.publish({key: Table(lake.path(key)).overwrite(rows) for key, rows in made.items()}, "second-run")
    return lake


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Superset keeps what it knows."""
    return tmp_path_factory.mktemp("superset-home")


@pytest.fixture(scope="module")
def served(lake: Lake, home: Path) -> Iterator[tuple[str, str]]:
    """Address of a Superset that has imported the bundle, and the administrator's password."""
    need(is_installed(), "no Superset on this machine: make superset-tools")
    from serving.commands.export import ExportFormat, export
    from serving.commands.superset import bundle

    folder = home
    export(every=True, form=ExportFormat.duckdb, lake=str(lake.root))
    bundle(out=folder / "lacquer.zip", lake=str(lake.root))
    prepare(folder, folder / "lacquer.zip")
    with running(folder, free_port()) as url:
        yield url, admin_password(folder)


@pytest.fixture(scope="module")
def api(served: tuple[str, str]) -> Iterator[Any]:
    import httpx

    with httpx.Client(base_url=f"{served[0]}/api/v1", timeout=120) as client:
        account = {"username": ADMIN, "password": served[1], "provider": "db", "refresh": False}
        token = client.post("/security/login", json=account).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def plain(value: Any) -> str:
    if isinstance(value, dt.date):
        value = dt.datetime.combine(value, dt.time(), dt.UTC).timestamp() * 1000  # as Superset's JSON has moments
    return value if isinstance(value, str) else "null" if value is None else f"{float(value):.4f}"


def check_charts(api: Any, lake: Lake) -> None:
    """Every chart has rows, and those of EXPECTED what SQL says."""
    found = api.get("/chart/", params={"q": "(page_size:100,columns:!(id,slice_name))"}).raise_for_status().json()
    assert (found["count"], api.get("/dashboard/").json()["count"]) == (27, 5)
    con = lake.connect_published()
    for chart in found["result"]:
        answer = api.get(f"/chart/{chart['id']}/data/").raise_for_status().json()["result"][0]
        title, rows = chart["slice_name"], answer["data"]
        assert rows, title
        if title in EXPECTED:
            expected = con.execute(EXPECTED[title]).fetchall()
            shown = sorted([plain(value) for value in row.values()] for row in rows)
            assert shown == sorted([plain(value) for value in row] for row in expected), title
    assert EXPECTED.keys() <= {chart["slice_name"] for chart in found["result"]}


def test_charts_show_what_sql_says(api: Any, lake: Lake) -> None:
    check_charts(api, lake)


def test_a_user_of_a_label_sees_its_rows_only(served: tuple[str, str], lake: Lake, home: Path) -> None:
    import httpx

    password = make_label_role(home, "amber", ["Amber Records"], "ada")
    of_label = f"{SOLD} and label_name = 'Amber Records'"
    with httpx.Client(base_url=f"{served[0]}/api/v1", timeout=120) as client:
        account = {"username": "ada", "password": password, "provider": "db", "refresh": False}
        token = client.post("/security/login", json=account).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        charts = client.get("/chart/", params={"q": "(page_size:100,columns:!(id,slice_name))"}).json()["result"]
        ids = {chart["slice_name"]: chart["id"] for chart in charts}
        data = client.get(f"/chart/{ids['Net units']}/data/").raise_for_status().json()["result"][0]["data"]
        assert "Buyers" not in ids
    expected = lake.connect_published().execute(f"select sum(quantity) {of_label}").fetchall()[0][0]
    everything = lake.connect_published().execute(f"select sum(quantity) {SOLD}").fetchall()[0][0]
    assert [plain(one) for one in data[0].values()] == [plain(expected)]
    assert 0 < expected < everything


def test_a_browser_draws_a_dashboard_and_nothing_leaves(served: tuple[str, str], lake: Lake) -> None:
    need_packages("playwright", target="setup-dev")
    from playwright.sync_api import sync_playwright

    url, password = served
    units = lake.connect_published().execute(EXPECTED["Net units"]).fetchall()[0][0]
    chromium = need_program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        answered: list[str] = []
        page.on("response", lambda answer: answered.append(answer.url))
        page.goto(f"{url}/login/")
        page.fill("input#username", ADMIN)
        page.fill("input#password", password)
        page.click("button[type=submit]")
        page.wait_for_url("**/superset/welcome/**", timeout=120_000)
        page.goto(f"{url}/superset/dashboard/lacquer-sales/")
        page.get_by_text(f"{units:,}", exact=True).first.wait_for(timeout=120_000)
        page.get_by_text("Amber Records").first.wait_for(timeout=120_000)
        page.locator(".dashboard-component-chart-holder canvas").nth(1).wait_for(timeout=120_000)
        assert not page.locator(".dashboard-component-chart-holder [role=alert]").count()
        browser.close()
    assert [one for one in answered if not one.startswith((url, "data:", "blob:"))] == []
