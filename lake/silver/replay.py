"""Judging the dead letters of a silver table again, after its contract was mended, and taking in those that now pass.

Only the letters are parsed; their place in the source is looked up in bronze, so that an old letter never overrides a
newer state. Four writes, each of which a kill may follow: the letters that pass are claimed under a number; the table's
commit takes them in and names the number; the history rebuilds their keys and names it too; the letters go. What is
claimed under a number that the table names is taken in; the next replay (or refresh) completes the rest.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS, REPLAY, REVIVED, expired_app, letters_sql, revived_at, rewrite_letters
from lake.delta.commits import with_retries
from lake.delta.sessions import Session
from lake.delta.storage import only_one
from lake.delta.table import Table
from lake.lakehouse import Lake
from lake.silver.bronze_files import files_at, position_app
from lake.silver.history import replay_history
from lake.silver.merge import keys_of
from lake.silver.refresh import Attempt
from lake.silver.sql import Feed, parse_sql
from lake.silver.staging import bronze_files_sql, stage
from lake.tally import Tally

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

WORK = "replay"


@dataclass(frozen=True)
class Replayed:
    """What became of the dead letters: those that passed as rows have fates, ``dead`` are refused still.

    Attributes:
        version: the table's version afterwards.
        batch: read = all that were judged.
        totals: the fates of all rows since the table began.
        seconds: duration.
    """

    version: int
    batch: Tally
    totals: Tally
    seconds: float = 0.0

    @property
    def passed(self) -> int:
        """How many letters were taken in."""
        return self.batch.read - self.batch.dead


def replay(
    lake: Lake, session: Session, contract: Contract, feed: Feed, *, pseudonym_key: str | None = None
) -> Replayed:
    """Take in the dead letters of a silver table that its contract takes now; the others get their reason of today.

    Dead letters that are no longer kept are not among them; rebuilding the table from bronze judges those too.

    Raises:
        SchemaChangedError: the contract contradicts the stored table.
        CommitConflictError: other writers were faster every time.
    """
    began = time.perf_counter()
    table = lake.table(contract)
    table.create()
    lake.table(DEAD_LETTERS).create()

    def attempt(snapshot: DeltaTable) -> Replayed:
        _finish(lake, session, Attempt(lake, contract, feed, snapshot, pseudonym_key))
        return _replay(Attempt(lake, contract, feed, snapshot, pseudonym_key))

    with only_one(lake.root, WORK):
        done = with_retries(table.path, attempt)
        session.advance(table.name, done.version)
        _finish(lake, session, Attempt(lake, contract, feed, table.snapshot(), pseudonym_key))
    return replace(done, seconds=time.perf_counter() - began)


def finish_replay(
    lake: Lake, session: Session, contract: Contract, feed: Feed, *, pseudonym_key: str | None = None
) -> None:
    """Complete a replay that was killed after the table's commit; does nothing when there is none."""
    table = lake.table(contract)
    standing, settled = table.transactions(REPLAY), lake.table(DEAD_LETTERS).transactions(_settled_app(table.name))
    if standing.get(REPLAY, 0) > settled.get(_settled_app(table.name), 0):
        with only_one(lake.root, WORK):
            _finish(lake, session, Attempt(lake, contract, feed, table.snapshot(), pseudonym_key))


def rehearse(lake: Lake, contract: Contract, feed: Feed, *, pseudonym_key: str | None = None) -> tuple[Tally, pa.Table]:
    """What a replay would do, without doing it: the fates, and the letters that would be refused still.

    A letter that was taken in by a replay which is not complete counts among neither.
    """
    table = lake.table(contract)
    attempt = Attempt(lake, contract, feed, table.snapshot(), pseudonym_key)
    con = attempt.connection()
    if not _put_letters(con, attempt, lake.table(DEAD_LETTERS).snapshot()):
        return Tally(), con.sql(letters_sql(lake.table(DEAD_LETTERS).snapshot(), "")).to_arrow_table()
    return _judge(con, attempt), con.sql("from dead").to_arrow_table()


def _settled_app(refused_by: str) -> str:
    """The application transaction of the dead letters that names a table's last replay whose letters have gone."""
    return f"replayed:{refused_by}"


def _replay(attempt: Attempt) -> Replayed:
    snapshot, name = attempt.snapshot, f"silver/{attempt.contract.name}"
    letters = attempt.lake.table(DEAD_LETTERS)
    replays = snapshot.transaction_version(REPLAY) or 0
    con = attempt.connection()
    if not _put_letters(con, attempt, letters.snapshot()):
        return Replayed(snapshot.version(), Tally(), Tally.standing(snapshot))
    batch = _judge(con, attempt)
    passed = batch.read - batch.dead
    with_retries(letters.path, lambda at: _claim(con, at, name, replays + 1))
    if not passed:
        return Replayed(snapshot.version(), batch, Tally.standing(snapshot))
    # Each letter was read, and counted as read, when it was refused.
    totals = Tally.standing(snapshot) + replace(batch, read=0, dead=-passed)
    taken = {REPLAY: replays + 1, REVIVED: revived_at(snapshot) + passed, **totals.transactions()}
    return Replayed(attempt.write(con, taken), batch, totals)


def _put_letters(con: duckdb.DuckDBPyConnection, attempt: Attempt, letters: DeltaTable, claimed_by: str = "") -> int:
    """Put the letters, as rows of bronze, into the temporary table ``letters``; how many they are.

    Letters of rows beyond the table's reading position belong to a refresh that is under way, and are left out.
    """
    snapshot, feed = attempt.snapshot, attempt.feed
    position = snapshot.transaction_version(position_app(feed))
    bronze = Table(attempt.lake.path(f"bronze/{feed.bronze}"))
    files = [] if position is None else files_at(bronze, position, feed)
    replays = snapshot.transaction_version(REPLAY) or 0
    claims = "replay" if "replay" in letters.schema().to_arrow().names else "cast(null as bigint)"
    wanted = claimed_by or f"coalesce({claims} > {replays}, true)"
    con.execute(
        f"create or replace temp table kept as select batch_id, batch_line, decode(raw) as payload, entity_key, "
        f"landed_path from ({letters_sql(letters, f'silver/{attempt.contract.name}')}) where {wanted}"
    )
    con.execute(
        "create or replace temp table letters as select k.*, b.source, b.op, b.position, b.changed_at "
        f"from (select batch_id, batch_line, source, op, position, changed_at from {bronze_files_sql(files)} "
        "where batch_id in (select batch_id from kept)) b join kept k using (batch_id, batch_line)"
    )
    return int(con.execute("select count(*) from letters").fetchall()[0][0])


def _judge(con: duckdb.DuckDBPyConnection, attempt: Attempt) -> Tally:
    """Judge ``letters`` under the contract; what is refused still is left in ``dead``."""
    staged = stage(con, attempt.contract, attempt.feed, ["letters"])
    bronze = Table(attempt.lake.path(f"bronze/{attempt.feed.bronze}"))
    position = attempt.snapshot.transaction_version(position_app(attempt.feed))
    assert position is not None, "only a table that has read bronze has dead letters"
    return attempt.judge(con, staged, lambda: files_at(bronze, position, attempt.feed))


def _claim(con: duckdb.DuckDBPyConnection, letters: DeltaTable, name: str, number: int) -> None:
    """Write the number at the letters that pass, the reason of today at those that do not."""
    place = "using (batch_id, batch_line)"
    today = ("rule", "column_name", "value", "reason")
    said = ", ".join(f"case when d.batch_id is null then s.{one} else d.{one} end as {one}" for one in today)
    passes = "l.batch_id is not null and d.batch_id is null"
    standing = letters_sql(letters, name)
    con.execute(
        f"create or replace temp table claimed as select s.* replace ({said}, case when {passes} then {number} end "
        f"as replay) from ({standing}) s left join (select batch_id, batch_line from letters) l {place} "
        f"left join (select batch_id, batch_line, {', '.join(today)} from dead) d {place}"
    )
    compared = ", ".join(("batch_id", "batch_line", "replay", *today))
    differs = f"select count(*) from (select {compared} from claimed except select {compared} from ({standing}))"
    if con.execute(differs).fetchall()[0][0]:
        rewrite_letters(letters, con.sql("from claimed").to_arrow_table(), name, {})


def _finish(lake: Lake, session: Session, attempt: Attempt) -> None:
    """Complete what the table's commits have taken in: the history of the keys, then the letters go."""
    letters, name = lake.table(DEAD_LETTERS), f"silver/{attempt.contract.name}"
    replays = attempt.snapshot.transaction_version(REPLAY) or 0
    if (letters.transactions(_settled_app(name)).get(_settled_app(name), 0)) >= replays:
        return
    con = attempt.connection()
    done = f"replay <= {replays}"
    if attempt.contract.history == "scd2" and _put_letters(con, attempt, letters.snapshot(), done):
        keys = keys_of(attempt.contract)
        there = " and ".join(f'"{column}" is not null' for column in attempt.contract.key)
        parsed = parse_sql(attempt.contract, attempt.feed, "letters")
        found = con.sql(f"select distinct {keys} from ({parsed}) where {there}").to_arrow_table()
        replay_history(
            lake, session, attempt.contract, attempt.feed, found, replays, pseudonym_key=attempt.pseudonym_key
        )

    def settle(snapshot: DeltaTable) -> None:
        every = letters_sql(snapshot, name)
        gone = int(con.execute(f"select count(*) from ({every}) where {done}").fetchall()[0][0])
        expired = (snapshot.transaction_version(expired_app(name)) or 0) + gone
        rest = con.sql(f"select * from ({every}) where not coalesce({done}, false)").to_arrow_table()
        rewrite_letters(snapshot, rest, name, {expired_app(name): expired, _settled_app(name): replays})

    with_retries(letters.path, settle)
