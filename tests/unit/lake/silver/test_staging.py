"""The latest change per key does not depend on how many slices a backlog is read in, nor on how it is found."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.delta.views import duckdb_connection
from lake.silver import staging
from tests.lake_builders import LINES

Change = tuple[str, int, int]
CHANGES = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 6), st.integers(1, 3)), max_size=12)


def _relation(changes: list[Change]) -> str:
    """Rows of a table ``changes`` as `stage` has them: order, position, quantity; the rest is constant."""
    values = ", ".join(f"('{order}', {position}, {quantity})" for order, position, quantity in changes)
    found = f"(values {values}) v(o, p, q)" if changes else "(select 'A' as o, 1 as p, 1 as q where false)"
    return (
        "select o as order_id, 1::int as line_number, 'Blue' as title, null::varchar as note, 'product' as category, "
        "q::int as quantity, 2.5::decimal(12, 4) as unit_price, timestamptz '2010-12-01 00:00:00Z' as ordered_at, "
        "true as is_product, false as is_return, date '2010-12-01' as order_month, p::bigint as source_position, "
        "timestamptz '2010-12-01 00:00:00Z' as source_changed_at, false as is_deleted, false as is_carried "
        f"from {found}"
    )


@settings(max_examples=60)
@given(changes=CHANGES)
def test_against_counting_in_python(changes: list[Change]) -> None:
    """Greatest position wins; of the others a row is superseded, doubled, or tied: other content at a position."""
    con = duckdb_connection()
    con.execute(f"create temp table changes as {_relation(changes)}")
    staged = staging.Staged()
    staging._add(staged, con, LINES, "changes", "winners")
    found = con.execute("select order_id, source_position, quantity from winners order by all").fetchall()
    best = {order: max(change[1:] for change in changes if change[0] == order) for order, _, _ in changes}
    assert found == sorted((order, *state) for order, state in best.items())
    positions = Counter((order, position) for order, position, _ in changes)
    assert staged.duplicate == len(changes) - len(set(changes))
    assert staged.tied == len(set(changes)) - len(positions)
    several = {order for (order, _), count in Counter((o, p) for o, p, _ in set(changes)).items() if count > 1}
    assert {order for (order,) in con.execute("select order_id from tied").fetchall()} == several
    assert staged.superseded == len(positions) - len(best)


@pytest.mark.parametrize("positions", [(1, 2, 3), (1, 1, 3), (2, 2, 2)])
def test_a_carried_value_marks_the_key_whichever_change_left_it_out(positions: tuple[int, int, int]) -> None:
    con = duckdb_connection()
    changes = [("A", position, quantity) for quantity, position in enumerate(positions, 1)]
    con.execute(f"create temp table changes as {_relation(changes)}")
    con.execute("update changes set is_carried = true where quantity = 1")
    staging._add(staging.Staged(), con, LINES, "changes", "winners")
    assert con.execute("select is_carried from winners").fetchall() == [(True,)]
