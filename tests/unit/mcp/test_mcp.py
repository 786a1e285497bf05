"""The official client calls every tool, over standard input and over HTTP; what is forbidden is refused."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests import copilot_lake
from tests.mcp_clients import TOP, by_http, by_stdio, call, command, environment, run
from tests.needs import need_packages

if TYPE_CHECKING:
    from lake.lakehouse import Lake

pytestmark = pytest.mark.heavy
ATTACKS = (
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from read_text('/etc/passwd')",
    "copy (select 1) to '/tmp/out.csv'",
    "attach '/tmp/other.db'",
    "select 1; select 2",
    "drop view gold.dim_release",
    "install httpfs",
    "set threads = 8",
    "select getenv('HOME')",
    "select * from duckdb_settings()",
    "select * from silver.buyers",
    "select * from information_schema.tables",
    "from query('select 1')",
    "with a as (select * from read_parquet('gold/dim_release/*.parquet')) from a",
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> "Lake":
    need_packages("mcp", "metricflow", target="serve-tools")
    return copilot_lake.build(tmp_path_factory.mktemp("mcp") / "lake")


@pytest.fixture(scope="module")
def keys(lake: "Lake") -> dict[str, str]:
    """Keys: one that may read, one that may export too, one of a single label, one that may only land."""
    from resources.database import Database
    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.accounts.secrets import TokenHasher
    from serving.accounts.tables import metadata

    database = Database.from_settings(Settings(lake=lake.root), metadata())
    hasher = TokenHasher.of(database, None)
    wanted = {
        "reader": (["read"], None),
        "analyst": (["read", "export"], None),
        "label": (["read", "export"], frozenset({"L1"})),
        "lander": (["landing"], None),
        "planner": (["read", "overrides"], None),
    }
    made = {name: create_key(database, hasher, name, may, labels, "test")[1] for name, (may, labels) in wanted.items()}
    database.close()
    return made


@pytest.fixture(scope="module")
def address(lake: "Lake", keys: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(command(lake, "--http", "--port", str(port)), env=environment(), cwd=TOP)
    try:
        for _ in range(600):
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.terminate()
        server.wait(20)


async def every_tool(client: Any) -> None:
    """Call each tool, and read each resource and prompt; values are those of the lake's rows."""
    con = copilot_lake.database()
    names = {one.name for one in (await client.list_tools()).tools}
    asked = await call(client, "ask", question="units in 2025 by genre")
    sql = (
        "select genre, sum(quantity)::int from gold.fct_order_line join gold.dim_release using (release_id) "
        "where is_product and year(order_date) = 2025 group by 1 order by 1"
    )
    truth = con.execute(sql).fetchall()
    assert [(one["of"]["release__genre"], int(float(one["value"]))) for one in asked["facts"]] == truth
    found = await call(
        client, "metrics", metrics=["net_units"], group_by=["genre"], since="2025-01-01", until="2025-12-31"
    )
    assert found["facts"] == asked["facts"]
    assert (await call(client, "forecast", release_id="R2", horizon_days=30))["facts"][1]["value"] == 30.0
    assert [one["value"] for one in (await call(client, "explain", release_id="R1"))["facts"]] == [9.0, 8.0, 7.0]
    assert [one["release_id"] for one in (await call(client, "similar", release_id="R1"))["rows"]] == [
        "R2",
        "R10",
        "R5",
    ]
    beside = await call(client, "compare", release_id="R1", other_id="R2")
    assert [row["R2"] for row in beside["rows"]][2:] == [30.0, 18]
    assert (await call(client, "data_quality"))["facts"][-1]["value"] == 0
    assert (await call(client, "alerts", priority="high"))["facts"][0]["value"] == 2
    assert (await call(client, "decisions"))["facts"][0]["value"] == 300.0
    assert (await call(client, "accuracy", horizon_days=30))["facts"][0]["value"] == pytest.approx(0.47)
    assert len((await call(client, "buyers_for", release_id="R3"))["rows"]) == 3
    days = {"since": "2025-12-01", "until": "2025-12-31", "before_since": "2025-11-01", "before_until": "2025-11-30"}
    assert len((await call(client, "what_changed", **days))["facts"]) == 8
    assert (await call(client, "search", text="papr rooms"))["result"][0]["release_id"] == "R2"
    assert (await call(client, "query", sql="select count(*) as n from gold.dim_release"))["rows"] == [[10]]
    used = {"ask", "metrics", "forecast", "explain", "similar", "alerts", "decisions", "accuracy", "buyers_for"}
    used |= {"compare", "data_quality"}
    quoted = await call(client, "documents", question="how do I connect Kafka")
    assert quoted["passages"][0]["path"] == "docs/how-to/connect-kafka.md"
    assert names == used | {"what_changed", "documents", "sounds_like", "search", "query", "confirm"}
    metrics = json.loads((await client.read_resource("lacquer://metrics")).contents[0].text)
    assert "net_revenue" in [one["name"] for one in metrics["metrics"]]
    tables = json.loads((await client.read_resource("lacquer://tables")).contents[0].text)
    assert "release_id" in tables["tables"]["gold.dim_release"]
    assert {one.name for one in (await client.list_prompts()).prompts} == {"weekly_review", "release_briefing"}
    prompt = await client.get_prompt("release_briefing", {"release_id": "R1"})
    assert "R1" in prompt.messages[0].content.text


async def attacks(client: Any) -> None:
    for sql in ATTACKS:
        answer = await client.call_tool("query", {"sql": sql})
        assert answer.is_error, sql
    refused = await call(client, "metrics", metrics=["profit"])
    assert refused["refusal"]["reason"] == "not_measured"
    refused = await call(client, "ask", question="delete all alerts")
    assert refused["refusal"]["reason"] == "forbidden"


def test_every_tool_over_standard_input(lake: "Lake") -> None:
    async def work() -> None:
        async with by_stdio(lake, None) as client:
            await every_tool(client)
            await attacks(client)

    run(work)


def test_every_tool_over_http(address: str, keys: dict[str, str]) -> None:
    async def work() -> None:
        async with by_http(address, keys["analyst"]) as client:
            await every_tool(client)
            await attacks(client)

    run(work)


def test_a_key_has_its_permissions_and_labels(address: str, keys: dict[str, str]) -> None:
    async def work() -> None:
        async with by_http(address, keys["reader"]) as client:
            assert (await client.call_tool("query", {"sql": "select 1"})).is_error
        async with by_http(address, keys["lander"]) as client:
            assert (await client.call_tool("ask", {"question": "revenue"})).is_error
        async with by_http(address, keys["label"]) as client:
            rows = (await call(client, "query", sql="select distinct label_id from gold.dim_release"))["rows"]
            assert rows == [["L1"]]
            labels = await call(client, "ask", question="revenue by label")
            assert [one["of"]["release__label_name"] for one in labels["facts"]] == ["Amber Records"]
            assert (await call(client, "forecast", release_id="R3"))["refusal"]["reason"] == "unknown_name"

    run(work)


def test_standard_input_with_a_key_has_the_keys_labels(lake: "Lake", keys: dict[str, str]) -> None:
    async def work() -> None:
        async with by_stdio(lake, keys["label"]) as client:
            labels = await call(client, "ask", question="revenue by label")
            assert [one["of"]["release__label_name"] for one in labels["facts"]] == ["Amber Records"]

    run(work)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer lq_wrong"}, 401),
        ({"X-API-Key": "reader", "Host": "evil.example"}, 421),
        ({"X-API-Key": "reader", "Origin": "https://evil.example"}, 403),
        ({"X-API-Key": "reader"}, 200),
    ],
)
def test_keys_hosts_and_origins(address: str, keys: dict[str, str], headers: dict[str, str], status: int) -> None:
    import httpx

    sent = {name: keys.get(value, value) for name, value in headers.items()}
    body = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    accept = {"Accept": "application/json, text/event-stream"}
    assert httpx.post(address, json=body, headers={**accept, **sent}).status_code == status


def test_a_long_query_is_ended(lake: "Lake") -> None:
    from serving.queries.guarded import GuardedSql, SqlRefusedError
    from serving.queries.publications import Publications
    from serving.queries.scopes import WHOLE

    guarded = GuardedSql(Publications(lake), seconds=0.3)
    with pytest.raises(SqlRefusedError, match="took more than"):
        guarded.ask("select count(*) from range(100000000000) a, range(1000) b", WHOLE)
    assert guarded.ask("select 7 as n", WHOLE).rows == [[7]]


def test_a_wrong_key_starts_no_server(lake: "Lake") -> None:
    started = subprocess.run(
        command(lake), env=environment(LACQUER_API_KEY="lq_wrong"), cwd=TOP, capture_output=True, text=True, check=False
    )
    assert started.returncode == 1
    assert "holds no valid key" in started.stderr


def test_an_action_takes_two_calls_and_the_permission(address: str, keys: dict[str, str], lake: "Lake") -> None:
    """The last test of this file, since it changes the lake."""
    question = "override the forecast of R1 to 500 units over 30 days because TV spot"

    async def work() -> None:
        async with by_http(address, keys["reader"]) as client:
            assert (await call(client, "ask", question=question))["refusal"]["reason"] == "forbidden"
            assert (await client.call_tool("confirm", {"confirmation": "guessed"})).is_error
        async with by_http(address, keys["planner"]) as client:
            proposal = (await call(client, "ask", question=question))["proposal"]
            assert "gold/forecast_overrides" not in lake.published()
            done = await call(client, "confirm", confirmation=proposal["confirmation"])
            assert done["done"] == "500 units stand beside the forecast of R1"
            assert (await client.call_tool("confirm", {"confirmation": proposal["confirmation"]})).is_error

    run(work)
    con = lake.connect_published()
    sql = "select release_id, units, made_by from gold.forecast_overrides"
    assert con.execute(sql).fetchall() == [("R1", 500.0, "planner")]
