"""The as-of bench at its tiny scale: each way of joining finds the rows that SQL counts."""

from pathlib import Path
from typing import cast

import duckdb

from benchmarks.asof_bench import HELD, KNOWN, write_inputs
from benchmarks.measure import measure


def test_every_case_finds_what_sql_counts(tmp_path: Path) -> None:
    write_inputs(tmp_path, 5_000, 100)
    measured = {one.name: measure(one, tmp_path, 1, lambda told: None) for one in (HELD, KNOWN)}
    for figure, seen in ((HELD, "f.valid_from <= a.at"), (KNOWN, "f.valid_from <= a.at and f.known_at <= a.at")):
        found, plays = cast(
            "tuple[int, int]",
            duckdb.execute(f"""
            with a as (select row_number() over () as n, * from read_parquet('{tmp_path}/asked.parquet')),
            f as (from read_parquet('{tmp_path}/features.parquet')),
            newest as (select a.n, any_value(a.release_id) as release_id, max(f.valid_from) as since
                       from a join f on a.release_id = f.release_id where {seen} group by a.n)
            select count(*), sum(f.plays)::bigint
            from newest join f on newest.release_id = f.release_id and newest.since = f.valid_from
            """).fetchone(),
        )
        assert 4_000 < found < 5_000
        for one in measured[figure.name]:
            rows, total, _, _, missing = cast("list[int]", one.answer)
            assert (rows, total, missing) == (5_000, plays, 5_000 - found)
