"""The same changes, in any order, doubled and split in any way, make the same tables.

Given a random list of changes to a few order lines, when they land in random files and are taken in by a random
number of runs, then silver, its history, the tally and the dead letters are what a replay in plain Python says.
"""

import hashlib
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.lakehouse import Lake
from lake.silver.history import history_contract
from lake.silver.integrity import balance
from tests.lake_builders import (
    LINES,
    LINES_FEED,
    UNAVAILABLE,
    dead_letters,
    deleted,
    erp_change,
    land,
    load,
    order_line,
    rows,
)
from tests.lake_oracle import replay

HISTORY = history_contract(LINES)
KEYS = st.tuples(st.sampled_from(["A", "B"]), st.sampled_from([1, 2]))
POSITIONS = st.integers(1, 12)
MOMENTS = st.sampled_from([1291191960000, 1291191961000, 1293840000000, 1296518400000])
GOOD = {
    "title": st.sampled_from(["Blue", "Red", "Ölçü ✓", UNAVAILABLE]),
    "note": st.sampled_from([None, "", "late", UNAVAILABLE]),
    "category": st.sampled_from(["product", "service", UNAVAILABLE]),
    "qty": st.sampled_from([1, 7, -3, "4"]),
    "price": st.sampled_from(["2.5000", "1.00005", "0", " 3.10 "]),
    "created_at": st.sampled_from(["2010-12-01T08:26:00Z", "2010-11-30T23:59:59.5Z", "2011-01-31T00:00:00Z"]),
}
BAD: st.SearchStrategy[dict[str, object]] = st.sampled_from(
    [
        {"qty": "many"},
        {"qty": None},
        {"price": "-1"},
        {"price": "NaN"},
        {"title": None},
        {"title": "gift"},
        {"category": "gift"},
        {"line_no": 0},
        {"line_no": "x"},
        {"order_id": None},
    ]
)


KINDS = ["state"] * 6 + ["delete"] * 2 + ["bad", "bad_position", "tombstone", "garbage", "other"]


@st.composite
def change(draw: st.DrawFn) -> str:
    order_id, line_no = draw(KEYS)
    kind = draw(
        st.sampled_from(["state"] * 6 + ["delete"] * 2 + ["bad", "bad_position", "tombstone", "garbage", "other"])
    )
    lsn, ts_ms = draw(POSITIONS), draw(MOMENTS)
    if kind == "tombstone":
        return "null"
    if kind == "garbage":
        return '{"op": "c", '
    if kind == "delete":
        return deleted(lsn, order_id, line_no, ts_ms=ts_ms)
    row = order_line(order_id, line_no, **{name: draw(values) for name, values in GOOD.items()})
    if kind == "bad":
        row = row | draw(BAD)
    table = "orders" if kind == "other" else "order_lines"
    position = None if kind == "bad_position" else lsn
    return erp_change(table, op=draw(st.sampled_from("cur")), lsn=position, after=row, ts_ms=ts_ms)


@st.composite
def landing(draw: st.DrawFn) -> list[tuple[list[str], bool]]:
    """Files of lines, in the order in which they land, each with whether a run follows at once."""
    changes = draw(st.lists(change(), min_size=1, max_size=16))
    doubled = changes + draw(st.lists(st.sampled_from(changes), max_size=4))
    order = draw(st.permutations(doubled))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {0, len(order)})
    files = [list(order[start:end]) for start, end in pairwise(cuts)]
    return [(lines, draw(st.booleans())) for lines in files]


def batches_of(files: list[list[str]]) -> dict[str, list[str]]:
    """The landed contents by SHA-256: two files of one content count once."""
    return {hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest(): lines for lines in files}


def assert_as_replayed(lake: Lake, files: list[list[str]]) -> None:
    batches = batches_of(files)
    placed = [(sha, number, line) for sha, lines in batches.items() for number, line in enumerate(lines, 1)]
    expected = replay(line for _, _, line in placed)

    assert rows(lake, "silver/lines") == expected.state
    history = sorted(
        rows(lake, "silver/lines_history"), key=lambda row: (row["order_id"], row["line_number"], row["valid_from"])
    )
    assert history == expected.history

    stored = rows(lake, "silver/lines", tombstones=True)
    assert len({(row["order_id"], row["line_number"]) for row in stored}) == len(stored), "a key stands twice"

    for table in ("bronze/erp_changes", "silver/lines"):
        found = sorted((row["batch_id"], row["batch_line"], row["rule"]) for row in dead_letters(lake, table))
        wanted = sorted((*placed[index][:2], rule) for index, (by, rule) in expected.dead.items() if by == table)
        assert found == wanted


@pytest.mark.heavy
@settings(max_examples=24)
@given(landing())
def test_any_order_duplication_and_split_gives_the_replayed_state(files: list[tuple[list[str], bool]]) -> None:
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        for number, (lines, runs) in enumerate(files):
            land(lake, f"2010-12-01--{number}.jsonl", lines)
            if runs or number + 1 == len(files):
                done = load(lake)
                found = balance(lake, lake.table(LINES), LINES, LINES_FEED, done.version)
                assert found.passed, found.words

        assert_as_replayed(lake, [lines for lines, _ in files])

        again = load(lake)
        assert (again.version, again.batch.read) == (done.version, 0), "a run without news changes something"
