"""What bad input gets: a message that names the thing, the rule and the way out, and an exit code.

Rows of the landed files themselves are the business of the dead letters (`test_planted`, and here by one file of each).
"""

import json
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.end_to_end.commands import DAYS, DEMO, ask, copied, lacquer


def landed(lake: Path, name: str, lines: list[str], stream: str = "erp") -> None:
    folder = lake / "landing" / stream
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{line}\n" for line in lines))


def order_line(**fields: object) -> str:
    row: dict[str, object] = {
        "order_id": "SO240430-000001",
        "line_no": 90,
        "sku": "R000001",
        "item_category": "product",
        "currency": "EUR",
    }
    row |= {"order_type": "sale", "qty": 1, "price": "9.9900", "created_at": "2024-04-30T10:00:00Z"}
    source = {"connector": "postgresql", "table": "order_lines", "lsn": 10**16, "ts_ms": 1_714_470_000_000}
    after = {name: value for name, value in (row | fields).items() if value is not ...}
    return json.dumps({"before": None, "after": after, "op": "c", "source": source, "ts_ms": 1_714_470_000_000})


# Line, rule and reason that are expected of it; the lines stand in one file, in this order.
REFUSED = [
    ('{"op": "c", "after": {', "json", "malformed JSON"),
    ('["an", "array"]', "object", "no JSON object"),
    (order_line(order_id="A").replace('"op": "c"', '"op": "z"'), "operation", "unknown operation"),
    (order_line(order_id="B").replace('"op": "c", ', ""), "operation", "no operation"),
    (order_line(order_id=...), "required", "order_id"),
    (order_line(order_id="C", qty="twelve"), "type", "quantity is no int32"),
    (order_line(order_id="D", price="9,99"), "type", "unit_price is no decimal"),
    (order_line(order_id="E", created_at="yesterday"), "type", "ordered_at is no timestamp"),
    (order_line(order_id="F", item_category="cake"), "allowed", "item_category"),
    (order_line(order_id="G", line_no=0), "minimum", "line_number"),
    (order_line(order_id="H", order_type="bad_debt_adjustment"), "no_bad_debt_adjustment", "is no order"),
]


@pytest.fixture(scope="module")
def refused_lake(demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo lake after a load of refused lines, and one good one with a field that nobody knows."""
    lake = copied(demo_lake, tmp_path_factory.mktemp("refused") / "lake")
    landed(lake, "2024-05-02--bad.jsonl", [*(line for line, _, _ in REFUSED), order_line(shelf="B2")])
    answer = lacquer(lake, "run", "--pack", "none", LACQUER_ALLOWED_BAD_SHARE="1")
    assert answer.returncode == 0, answer.stderr
    assert "warning: silver/order_lines: check known_fields failed: the source sends shelf" in answer.stdout
    return lake


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[f"{rule}-{reason}" for _, rule, reason in REFUSED])
def test_a_bad_row_is_a_dead_letter_with_reason_place_and_bytes(refused_lake: Path, number: int) -> None:
    line, rule, reason = REFUSED[number]
    letters = (
        Lake(refused_lake)
        .connect_published()
        .execute(
            "select rule, reason, raw from dead_letters where landed_path = 'erp/2024-05-02--bad.jsonl' "
            "and batch_line = $1",
            [number + 1],
        )
        .fetchall()
    )
    assert [(found, raw) for found, _, raw in letters] == [(rule, line.encode())]
    assert reason in letters[0][1]


def test_the_good_row_beside_them_goes_on_and_its_unknown_field_is_kept(refused_lake: Path) -> None:
    assert ask(refused_lake, "select quantity from fct_order_line where line_number = 90") == [{"quantity": 1}]
    kept = ask(refused_lake, "select payload from erp_changes where landed_path = 'erp/2024-05-02--bad.jsonl'")
    assert [json.loads(row["payload"])["after"].get("shelf") for row in kept if "shelf" in row["payload"]] == ["B2"]


@pytest.mark.heavy
def test_too_many_bad_rows_fail_the_run_with_the_way_out_and_readers_keep_what_they_had(
    demo_lake: Path, tmp_path: Path
) -> None:
    lake = copied(demo_lake, tmp_path / "lake")
    landed(lake, "2024-05-02--bad.jsonl", [f"{{ {n}" for n in range(20)])
    answer = lacquer(lake, "run", "--pack", "none")
    assert answer.returncode == 1
    assert "error: bronze/erp_changes: check bad_share failed: 20 of 20 rows" in answer.stderr
    assert "raise LACQUER_ALLOWED_BAD_SHARE" in answer.stderr
    assert "mend the cause and run it again" in answer.stderr
    assert "Traceback" not in answer.stderr
    count = "select count(*) as n from fct_order_line"
    assert ask(lake, count) == ask(demo_lake, count)
    assert [run["status"] for run in ask(lake, "select status from runs order by started_at")] == ["success", "failure"]
    assert ask(lake, "select count(*) as n from dead_letters where landed_path like '%--bad.jsonl'") == [{"n": 20}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pack", "online-retail", "--data", "/nowhere"), "--data names the folder that holds online_retail_ii"),
        (("--pack", "demo", "--order-lines", "8000"), "order_lines=8000 is outside 10000 to 100000000"),
        (("--pack", "nobody"), "no source pack nobody: there are demo, online-retail"),
        (("--pack", "demo", "--dayz", "3"), "pack demo has no option --dayz: did you mean --days?"),
        (("--pack", "none"), "nothing has landed in"),
    ],
    ids=["no-data", "out-of-range", "unknown-pack", "unknown-option", "empty-lake"],
)
def test_a_call_that_cannot_work_says_why_and_leaves_no_tables(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    answer = lacquer(tmp_path / "lake", "run", *arguments)
    assert answer.returncode == 1
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "lake" / "bronze").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the place of the folder refuses everybody, the superuser too."""
    place = tmp_path / "occupied"
    place.write_text("")
    for command in ("run", "demo"):
        answer = lacquer(place / "lake", command, *DEMO, "--days", str(DAYS), DAGSTER_HOME=str(tmp_path / "home"))
        assert answer.returncode == 1
        assert str(place) in answer.stderr
        assert "error: " in answer.stderr
        assert "Traceback" not in answer.stderr


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    answer = lacquer(tmp_path / "lake", "run", *DEMO, "--days", "31", LACQUER_ALLOWED_BAD_SHARE="lots")
    assert answer.returncode != 0
    assert "LACQUER_ALLOWED_BAD_SHARE" in answer.stderr + answer.stdout
