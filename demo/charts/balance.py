"""The fate of every row of the raw files: it has become a landed line, or was left out, and why.

Of a file that several kinds of line are made of, each kind accounts for all of its rows. Saved beside the lake's truth.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb

from demo.landing_files import write_atomically
from demo.pack import SourceFate

_FATES = """
with first_told as (select key, min(place) as place, min(rank) as rank from listed group by key),
artists_met as (select artist_key, min(place) as place from listed group by artist_key),
labels_met as (select label_key, min(place) as place from listed group by label_key),
fates as (
    select source, 'Release' as becomes, case
        when listed.key is null then 'no title'
        when listed.rank > first_told.rank then 'the release stands in a set read before'
        when listed.place > first_told.place then 'another row of the same release'
    end as left_out
    from listed left join first_told using (key)
    union all
    select source, 'Artist', case
        when listed.artist_key is null then 'names no artist' when listed.place > artists_met.place then 'met before'
    end
    from listed left join artists_met using (artist_key)
    union all
    select source, 'Label', case
        when listed.label_key is null then 'names no label' when listed.place > labels_met.place then 'met before'
    end
    from listed left join labels_met using (label_key) where source in ('discogs', 'pitchfork')
    union all
    select 'spotify', 'Track', case
        when song is null then 'no title'
        when listing > 1 then 'the track in another playlist'
        when place > 1 then 'the same recording on another album'
    end
    from recorded
    union all
    select origin, concat_ws(' ', kind, statistic),
        coalesce(left_out, if(year(occurred_at::timestamptz) > $until, 'later than asked', null))
    from events
)
select source, becomes, left_out, count(*) as rows from fates group by all order by all
"""


def count_fates(connection: duckdb.DuckDBPyConnection, until: int) -> list[SourceFate]:
    """Return the balance of every raw file and kind of line; events after the year `until` are left out."""
    found: dict[tuple[str, str], dict[str | None, int]] = {}
    for source, becomes, left_out, rows in connection.execute(_FATES, {"until": until}).fetchall():
        found.setdefault((source, becomes), {})[left_out] = rows
    return [
        SourceFate(
            source,
            becomes,
            rows=sum(counts.values()),
            landed=counts.get(None, 0),
            left_out={reason: rows for reason, rows in counts.items() if reason is not None},
        )
        for (source, becomes), counts in found.items()
    ]


def save_balance(root: Path, until: int, files: Sequence[str], fates: Sequence[SourceFate]) -> None:
    """Write the balance with the files that it is about."""
    document = {"until": until, "files": list(files), "fates": [asdict(fate) for fate in fates]}
    write_atomically(_place(root), (json.dumps(document, indent=1) + "\n").encode())


def saved_balance(root: Path, until: int) -> tuple[list[str], list[SourceFate]] | None:
    """Return the files (`stream/name`) and the balance of a landing up to `until`; None when there was none."""
    if not _place(root).exists():
        return None
    document = json.loads(_place(root).read_text())
    if document["until"] != until:
        return None
    return document["files"], [SourceFate(**fate) for fate in document["fates"]]


def _place(root: Path) -> Path:
    return root / "truth" / "balance.json"
