"""Forgetting a buyer, place by place, in an order that a kill does not break.

What names the buyer is read from bronze and the landed files, so both come last: until then a second call finds the
same, and takes the same substitute from the record. Older versions go at the
end. The record of a finished erasure no longer says who it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lake.contract import Column, Contract
from lake.dead_letters import DEAD_LETTERS
from lake.delta.sessions import open_sessions
from lake.delta.storage import only_one
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.erasure.files import ChangedFile, clean_file, files_beside
from lake.erasure.identity import FORGOTTEN, Identity, is_distinctive, stated_texts
from lake.erasure.landing import ErasureError, RewrittenFile, clean, naming_lines, prepare
from lake.erasure.tables import Rewriting, note_read, purge, rewrite_table
from lake.ingest.landing.ledger import LANDED_FILES, read_ledger
from lake.lakehouse import Lake
from lake.personal import pseudonym

ERASURES = Contract(
    name="erasures",
    layer="lake",
    grain="one row per buyer that was forgotten",
    description="Who it was stands nowhere; until the erasure is finished, a salted hash of the number does.",
    key=("substitute",),
    columns=(
        Column("substitute", "string", "random number that stands in place of the buyer's"),
        Column("started_at", "timestamp", "moment the erasure began"),
        Column("finished_at", "timestamp", "moment it was done", nullable=True),
        Column("fingerprint", "string", "hash of the buyer's number; null once finished", nullable=True),
        Column("rows", "int64", "rows that were rewritten", nullable=True),
        Column("files", "int64", "landed and other files that were rewritten or deleted", nullable=True),
    ),
)
_KEPT_APART = ("lake/erasures", "lake/published", "lake/pins", "lake/landed_files")


@dataclass(frozen=True)
class Forgotten:
    """What was done: the substitute, rows by table, landed files, other files, bytes of older versions deleted."""

    identity: Identity
    rows: Mapping[str, int]
    landed: Sequence[RewrittenFile]
    files: Sequence[ChangedFile]
    purged_bytes: int


def forget(
    lake: Lake,
    buyer_id: str,
    *,
    personal_fields: Mapping[str, str | None],
    feed: tuple[str, str],
    pseudonym_key: str | None = None,
    beside: Sequence[Path] = (),
    on_progress: Callable[[str], None] = lambda text: None,
) -> Forgotten:
    """Replace a buyer by a random substitute wherever the lake keeps data.

    Args:
        lake: no run may be under way in it.
        buyer_id: the buyer's number.
        personal_fields: field -> what it is emptied to; the personal columns of buyers and their fields in the source.
        feed: bronze table and source of the buyers' changes, ``("erp_changes", "buyers")``.
        pseudonym_key: the key of pseudonyms, which are personal data too.
        beside: further files, such as the operational database.
        on_progress: called with each place before it is cleaned.

    Raises:
        ErasureError: a run is under way, the lake has unpublished versions, or nothing names the buyer.
    """
    with only_one(lake.root, "erasure"):
        _refuse_runs(lake)
        is_resumed = _begun(lake, buyer_id) is not None
        identity = _identify(lake, buyer_id, personal_fields, feed, pseudonym_key)
        on_progress("landed files")
        landed = prepare(lake.root, identity)
        on_progress("other files")
        others = [path for path in [*files_beside(lake), *beside] if path.is_file()]
        changed = [one for path in others if (one := clean_file(path, identity))]
        rows = dict(_clean_tables(lake, identity, landed, on_progress))
        _install(lake, landed)
        clean(lake.root)
        if not rows and not landed and not changed and not is_resumed:
            _withdraw(lake, identity)
            raise ErasureError(f"buyer {buyer_id!r}: nothing in the lake names it; check the number")
        on_progress("older versions")
        purged = sum(purge(Table(lake.path(key))) for key in (lake.versions() if is_resumed else rows))
        _finish(lake, identity, sum(rows.values()), len(landed) + len(changed))
    return Forgotten(identity, rows, landed, changed, purged)


def _refuse_runs(lake: Lake) -> None:
    if runs := open_sessions(lake.root):
        raise ErasureError(f"{lake.root}: runs hold versions of it ({', '.join(sorted(runs))}); wait for them to end")
    if any(row["fingerprint"] for row in lake.journal(ERASURES).rows()):
        return  # an erasure that was killed left them, and this one publishes them
    newest = lake.versions()
    behind = [key for key, version in lake.published().items() if newest.get(key, version) != version]
    if behind:
        raise ErasureError(
            f"{lake.root}: {', '.join(behind[:5])} have versions that are not published; finish them with lacquer run"
        )


def _identify(
    lake: Lake,
    buyer_id: str,
    personal_fields: Mapping[str, str | None],
    feed: tuple[str, str],
    pseudonym_key: str | None,
) -> Identity:
    stated = [*_bronze(lake, feed, buyer_id), *naming_lines(lake.root, buyer_id)]
    own = stated_texts(stated, buyer_id, personal_fields)
    # A text that another buyer states too, as a shared office's phone, is that buyer's still.
    others = "\n".join(line for line in _bronze(lake, feed, None) if buyer_id not in line) if own else ""
    alone = {text for text in own if text not in others and json.dumps(text)[1:-1] not in others}
    texts = {text for text in alone if is_distinctive(text)}
    if pseudonym_key:
        texts |= {pseudonym(pseudonym_key, text) for text in alone}
    return Identity(buyer_id, _substitute(lake, buyer_id), personal_fields, frozenset(texts))


def _bronze(lake: Lake, feed: tuple[str, str], buyer_id: str | None) -> list[str]:
    """Payloads of the buyers' changes, of one buyer (dead letters too) or of all."""
    con, found = duckdb_connection(), []
    table, letters = Table(lake.path(f"bronze/{feed[0]}")), lake.table(DEAD_LETTERS)
    if table.exists():
        sql = f"select payload from ({snapshot_sql(table.shared())}) where source = $source"
        given = {"source": feed[1]}
        if buyer_id is not None:
            sql, given = f"{sql} and entity_key = $buyer", given | {"buyer": buyer_id}
        found += [row[0] for row in con.execute(sql, given).fetchall()]
    if letters.exists() and buyer_id is not None:
        sql = f"select raw from ({snapshot_sql(letters.shared())}) where entity_key = $buyer"
        found += [row[0].decode("utf-8", "replace") for row in con.execute(sql, {"buyer": buyer_id}).fetchall()]
    return found


def _fingerprint(lake: Lake, buyer_id: str) -> str:
    return hashlib.scrypt(buyer_id.encode(), salt=str(lake.root).encode(), n=2**12, r=8, p=1).hex()


def _begun(lake: Lake, buyer_id: str) -> str | None:
    """The substitute of an erasure of the buyer that was begun and not finished."""
    mark = _fingerprint(lake, buyer_id)
    return next((row["substitute"] for row in lake.journal(ERASURES).rows() if row["fingerprint"] == mark), None)


def _substitute(lake: Lake, buyer_id: str) -> str:
    """The substitute of an erasure that was begun, or a new one, which is put on record."""
    if begun := _begun(lake, buyer_id):
        return begun
    made = f"{FORGOTTEN}-{secrets.token_hex(6)}"
    row = {"substitute": made, "started_at": dt.datetime.now(dt.UTC), "fingerprint": _fingerprint(lake, buyer_id)}
    lake.journal(ERASURES).note([row])
    return made


def _withdraw(lake: Lake, identity: Identity) -> None:
    """Take back the record of an erasure that found nothing."""
    lake.journal(ERASURES).revise(lambda rows: [row for row in rows if row["substitute"] != identity.substitute])


def _clean_tables(
    lake: Lake, identity: Identity, landed: Sequence[RewrittenFile], on_progress: Callable[[str], None]
) -> Iterator[tuple[str, int]]:
    """Rewrite every table that names the buyer, bronze last, and publish the new versions in one commit."""
    batches = {one.batch_id: one.new_batch_id for one in landed}
    keys = sorted(lake.versions(), key=lambda key: (key.startswith("bronze/"), key))
    published = lake.published()
    for key in keys:
        if key in _KEPT_APART:
            continue
        on_progress(key)
        table, is_bronze = Table(lake.path(key)), key.startswith("bronze/")
        before = table.version()
        known = set(read_ledger(lake, table).shas) & batches.keys() if is_bronze else set()
        expiring = {batches[sha]: 1 for sha in known}
        count = rewrite_table(table, Rewriting(identity, batches if is_bronze else {}), {}, expiring)
        if not count:
            continue
        if is_bronze:
            app = f"read:{key.partition('/')[2]}"
            for other in keys:
                if other.startswith("silver/"):
                    note_read(Table(lake.path(other)), app, before, table.version())
        yield key, count
    lake.publish({key: Table(lake.path(key)).version() for key in keys if key in published}, "erasure")


def _install(lake: Lake, landed: Sequence[RewrittenFile]) -> None:
    """Put the new files in their places, and tell the ledger."""
    placed = {(one.file.name, one.batch_id): (one.new_batch_id, one.install()) for one in landed}
    if not placed:
        return

    def change(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        for row in rows:
            new = placed.get((str(row["landed_path"]), str(row["batch_id"])))
            if new:
                row.update(batch_id=new[0], bytes=new[1].bytes, modified_ns=new[1].modified_ns)
        return rows

    lake.journal(LANDED_FILES).revise(change)


def _finish(lake: Lake, identity: Identity, rows: int, files: int) -> None:
    now = dt.datetime.now(dt.UTC)

    def change(found: list[dict[str, object]]) -> list[dict[str, object]]:
        for row in found:
            if row["substitute"] == identity.substitute:
                row.update(finished_at=now, fingerprint=None, rows=rows, files=files)
        return found

    lake.journal(ERASURES).revise(change)
    purge(lake.table(ERASURES))
