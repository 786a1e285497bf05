"""What became of each message, by delta-rs and DuckDB alone: none of our readers takes part."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.events import EVENTS, STATE


@dataclass(frozen=True)
class Verdict:
    """Messages by what became of them; ``wrong`` counts keys whose state in silver is not the latest."""

    sent: int
    lost: int
    doubled: int
    altered: int
    misjudged: int
    dead: int
    malformed: int
    keys: int
    wrong: int

    @property
    def is_exact(self) -> bool:
        """Whether each message is there once, as it was sent and where it belongs."""
        faults = (self.lost, self.doubled, self.altered, self.misjudged, self.wrong)
        return not any(faults) and self.dead == self.malformed


def judge(root: Path, ledger: Path, topic: str) -> Verdict:
    """Compare the lake with the ledger."""
    import duckdb
    from deltalake import DeltaTable

    con = duckdb.connect()
    tables = {"bronze": f"bronze/{EVENTS.name}", "letters": "bronze/dead_letters", "silver": f"silver/{STATE.name}"}
    for name, path in tables.items():
        con.register(name, DeltaTable(str(root / path)).to_pyarrow_dataset())
    names = "{'part': 'INT', 'line': 'BIGINT', 'digest': 'VARCHAR', 'id': 'VARCHAR', 'op': 'VARCHAR', 'pos': 'BIGINT', "
    con.execute(
        f"create table ledger as select digest, id, op, pos, val, 'kafka:{topic}/' || part as batch_id, "
        "line as batch_line, id is null as is_malformed "
        f"from read_csv('{ledger}', header = false, columns = {names}'val': 'BIGINT'}})"
    )
    con.execute(
        "create table found as select batch_id, batch_line, md5(payload) as digest, false as is_dead from bronze "
        f"union all select batch_id, batch_line, md5(raw), true from letters where table_name = 'bronze/{EVENTS.name}'"
    )
    con.execute(
        "create table latest as select id, arg_max(val, pos) as val, arg_max(op, pos) as op from ledger "
        "where not is_malformed group by id"
    )

    def count(sql: str) -> int:
        return int(con.execute(f"select count(*) from {sql}").fetchall()[0][0])

    same = "ledger l join found f using (batch_id, batch_line)"
    alive = "(select id, value from silver where not is_deleted)"
    expected = "(select id, val as value from latest where op = 'u')"
    return Verdict(
        sent=count("ledger"),
        lost=count("ledger anti join found using (batch_id, batch_line)"),
        doubled=count("found") - count("(select distinct batch_id, batch_line from found)"),
        altered=count(f"{same} where l.digest <> f.digest")
        + count("found anti join ledger using (batch_id, batch_line)"),
        misjudged=count(f"{same} where l.is_malformed <> f.is_dead"),
        dead=count("found where is_dead"),
        malformed=count("ledger where is_malformed"),
        keys=count("latest"),
        wrong=count(f"(from {expected} except from {alive}) ") + count(f"(from {alive} except from {expected})"),
    )
