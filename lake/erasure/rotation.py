"""Every pseudonym anew under another key: silver tables made again from bronze, published in one commit.

Pseudonyms stand in silver alone, so bronze and gold stay. Until the commit readers see the old state; a rotation that
was killed has changed nothing that they see, and a second call does all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.sessions import open_sessions
from lake.delta.storage import only_one
from lake.delta.table import Table
from lake.delta.views import quoted
from lake.erasure.tables import purge
from lake.silver.history import history_contract, refresh_history
from lake.silver.refresh import refresh
from lake.silver.sql import Feed

if TYPE_CHECKING:
    from lake.lakehouse import Lake

RUN = "rotation-of-pseudonyms"
DEAD = "bronze/dead_letters"  # rewritten with a table that is made again


class RotationError(RuntimeError):
    """The pseudonyms cannot change their key as things are; the message says what is to be done first."""


def rotate(
    lake: Lake,
    tables: Sequence[tuple[Contract, Feed]],
    key: str,
    *,
    purges: bool = False,
    on_progress: Callable[[str], None] = lambda table: None,
) -> None:
    """Make the pseudonyms of silver tables and their histories anew, and publish them together.

    Args:
        lake: no run may be under way in it.
        tables: contracts and feeds of the tables with pseudonyms.
        key: the new key.
        purges: whether every older version of these tables is deleted, with its log entries, whose statistics hold
            pseudonyms too.
        on_progress: called with each table before it is made.

    Raises:
        RotationError: a run is under way, the last one was not published, or rows would differ otherwise.
    """
    published = lake.published()
    chosen = [(contract, feed) for contract, feed in tables if f"silver/{contract.name}" in published]
    every = [one for contract, _ in chosen for one in _with_history(contract)]
    names = [f"silver/{contract.name}" for contract in every]
    with only_one(lake.root, "rotation"):
        lake.session(RUN).close()  # what a killed rotation has pinned
        _refuse_runs(lake, {*names, DEAD})
        session = lake.session(RUN)
        try:
            for contract, feed in chosen:
                on_progress(f"silver/{contract.name}")
                refresh(lake, session, contract, feed, pseudonym_key=key, in_full=True)
                if contract.history == "scd2":
                    refresh_history(lake, session, contract, feed, pseudonym_key=key, in_full=True)
            made = {name: Table(lake.path(name)).version() for name in names}
            _refuse_differences(lake, every, published, made)
            lake.publish(made | {name: version for name, version in lake.versions().items() if name == DEAD}, RUN)
        finally:
            session.close()
        for name in names if purges else ():
            purge(Table(lake.path(name)))


def _with_history(contract: Contract) -> list[Contract]:
    return [contract, history_contract(contract)] if contract.history == "scd2" else [contract]


def _refuse_runs(lake: Lake, own: Collection[str]) -> None:
    if runs := open_sessions(lake.root):
        raise RotationError(f"{lake.root}: runs hold versions of it ({', '.join(sorted(runs))}); wait for them to end")
    newest = lake.versions()
    behind = [name for name, at in lake.published().items() if newest.get(name, at) != at and name not in own]
    if behind:
        raise RotationError(
            f"{lake.root}: {', '.join(behind[:5])} have versions that are not published; finish them with lacquer run"
        )


def _refuse_differences(lake: Lake, tables: list[Contract], before: dict[str, int], after: dict[str, int]) -> None:
    """Nothing is published where more than pseudonyms would change."""
    for contract in tables:
        name = f"silver/{contract.name}"
        kept = ", ".join(quoted(column.name) for column in contract.columns if not column.personal)
        rows = [
            lake.connect({name: versions[name]}).sql(f"select {kept} from silver.{contract.name}").to_arrow_table()
            for versions in (before, after)
        ]
        con = lake.connect({})
        con.register("old", rows[0])
        con.register("new", rows[1])
        query = "select count(*) from ((from old except all from new) union all (from new except all from old))"
        ((differing,),) = con.execute(query).fetchall()
        if differing:
            raise RotationError(
                f"{name}: {differing:,} rows would differ in more than pseudonyms, because the code or a setting has "
                f"changed since they were made; first run lacquer rebuild --silver --lake {lake.root}"
            )
