"""The step that keeps a silver table's history."""

from dagster import MaterializeResult

from lake.contract import Contract
from lake.delta.sessions import Session
from lake.silver.sql import Feed
from resources.lake import LakeResource


def history_result(
    lake: LakeResource, session: Session, contract: Contract, feed: Feed, *, in_full: bool, migrate: bool
) -> MaterializeResult:
    """Bring ``<name>_history`` up to the bronze version that the session has pinned, or make all of it anew."""
    from lake.silver.history import refresh_history

    key = lake.pseudonym_key
    done = refresh_history(lake.lake(), session, contract, feed, pseudonym_key=key, in_full=in_full, migrate=migrate)
    return MaterializeResult(
        asset_key=["silver", f"{contract.name}_history"],
        metadata={
            "keys_rebuilt": done.keys,
            "rows_out": done.versions,
            "delta_version": done.version,
            "read_version": done.read_version,
            "seconds": round(done.seconds, 3),
        },
    )
