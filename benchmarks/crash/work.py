"""The work that is killed: one run takes in a day's file and brings every layer up to it; and what must come out.

The oracle computes keys, sums and counts from the generated lines alone.
"""

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.events import DOOR, EVENTS, FEED, STATE

KEYS, LINES = 40, 30
STREAM, SUMS = "chaos", "gold/chaos_sums"


@dataclass
class Truth:
    """What a lake must hold after some days."""

    lines: list[str] = field(default_factory=list)
    malformed: int = 0
    latest: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    written: int = 0  # states of keys that days have brought; each day is one batch of silver

    @property
    def values(self) -> dict[str, int]:
        """Value by key; deleted keys are absent."""
        return {key: value for key, (_, value) in self.latest.items() if value is not None}

    @property
    def figures(self) -> tuple[int, int]:
        """Keys and the sum of their values."""
        return len(self.values), sum(self.values.values())


def day_lines(seed: int, day: int) -> list[str]:
    """The lines of a day: upserts, deletes, one repeated, one malformed."""
    draw, lines = random.Random(f"{seed}:{day}"), []
    for number in range(LINES):
        position = day * 500 + draw.randrange(1000)  # a change can come days late
        op = "d" if draw.random() < 0.1 else "u"
        key = f"K{draw.randrange(KEYS):02}"
        text = {"op": op, "position": position * 100 + number, "id": key, "value": draw.randrange(10**6)}
        lines.append(json.dumps(text))
    return [*lines, lines[0], '{"op": "x"']


def truth(seed: int, days: int) -> Truth:
    """The oracle: the latest change per key, whatever order it came in."""
    found = Truth()
    for day in range(1, days + 1):
        before = dict(found.latest)
        for line in day_lines(seed, day):
            if not line.endswith("}"):
                found.malformed += 1
                continue
            found.lines.append(line)
            change = json.loads(line)
            at = change["position"]
            if change["id"] not in found.latest or at > found.latest[change["id"]][0]:
                found.latest[change["id"]] = (at, change["value"] if change["op"] == "u" else None)
        found.written += sum(before.get(key) != state for key, state in found.latest.items())
    return found


def land(root: Path, seed: int, day: int) -> None:
    """Put the day's file into the landing folder, whole."""
    from lake.ingest.landing.writing import land_lines

    land_lines(root / "landing" / STREAM, f"{day:03}", day_lines(seed, day))


def run(root: Path, publish_first: bool = False, one_by_one: bool = False) -> None:
    """Take in what has landed and bring every layer up to it, as a run of the asset graph does.

    Args:
        root: the lake.
        publish_first: publish before gold is written, a wrong order that a campaign has to find.
        one_by_one: publish each table by a commit of its own, another.
    """
    from lake.ingest.bronze import take_in
    from lake.lakehouse import Lake
    from lake.silver.refresh import refresh

    lake = Lake(root)
    session = lake.session(uuid.uuid4().hex)
    take_in(lake, session, EVENTS, DOOR, root / "landing" / STREAM)
    refresh(lake, session, STATE, FEED)

    def publish() -> None:
        versions = session.versions
        for part in [{key: at} for key, at in versions.items()] if one_by_one else [versions]:
            lake.publish(part, session.run_id)

    if publish_first:
        publish()
    session.advance(SUMS, write_sums(root, session.versions[f"silver/{STATE.name}"]))
    publish()
    export(root)
    session.close()


def write_sums(root: Path, version: int, write: Callable[..., int] | None = None) -> int:
    """Write the sums of silver's version, unless they are there; with the version in the same commit."""
    import pyarrow as pa

    from lake.delta.table import Table
    from lake.lakehouse import Lake

    lake, table = Lake(root), Table(root / SUMS)
    made_of = {f"of:silver/{STATE.name}": version}
    if table.transactions(*made_of) == made_of:
        return table.version()
    con = lake.connect({f"silver/{STATE.name}": version})
    rows = con.sql(f"select count(*) as keys, coalesce(sum(value), 0)::bigint as total from silver.{STATE.name}")
    data: pa.Table = rows.to_arrow_table()
    return (write or table.overwrite)(data, None, made_of)


def export(root: Path) -> None:
    """Write what is published to a file for another system, whole or not at all."""
    import duckdb

    from lake.lakehouse import Lake
    from resources.pim.export_files import write_whole

    state = Lake(root).published()[SUMS]
    con: duckdb.DuckDBPyConnection = Lake(root).connect({SUMS: state})
    keys, total = con.execute(f"from {SUMS.replace('/', '.')}").fetchall()[0]
    write_whole(root / "outbox" / f"{state:04}.json", json.dumps({"keys": keys, "total": int(total)}).encode())
