"""The checks of the tables of what was heard: what their SQL neighbours have, and that none says more than another."""

from typing import TYPE_CHECKING

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey

from assets.audio.audio_analyses import AUDIO_ANALYSES
from assets.audio.tables import HEARD, name
from assets.bronze import BALANCE
from assets.bronze.audio_files import KEY
from lake.contract import Contract

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from lake.silver.integrity import Finding

BLOCKING = {
    BALANCE: "each analysis has its rows, as many as it tells, and no other track has any",
    "not_emptied": "the table did not lose half of its rows",
}
ALL_HEARD = "all_heard"
SHOWN = 3
# How many rows of a table belong to each analysis; None: the analysis itself does not tell.
ROWS_TOLD = {"beats": "beat_count", "sections": "section_count", "chords": None, "stems": None}


def check_specs() -> list[AssetCheckSpec]:
    """What is checked after a round."""
    specs = [
        AssetCheckSpec(check, asset=_key(contract), blocking=True, description=words)
        for contract in HEARD
        for check, words in BLOCKING.items()
    ]
    return [*specs, AssetCheckSpec(ALL_HEARD, asset=_key(AUDIO_ANALYSES), description="no file of the inbox failed")]


def run_checks(store: "Lake", versions: dict[str, int]) -> list[AssetCheckResult]:
    """Check the versions that the round left; without tables there is nothing that could be wrong."""
    from lake.silver import integrity

    published = store.published()
    results = []
    for contract in HEARD:
        version = versions.get(name(contract))
        if version is None:
            none = [AssetCheckResult(check_name=one, passed=True, asset_key=_key(contract)) for one in BLOCKING]
            results += none
            continue
        table = store.table(contract)
        findings = {
            BALANCE: _balance(store, versions, contract),
            "not_emptied": integrity.not_emptied(table, version, published.get(name(contract), -1)),
        }
        results += [
            AssetCheckResult(
                check_name=check,
                asset_key=_key(contract),
                passed=found.passed,
                description=found.words,
                metadata=found.numbers,
            )
            for check, found in findings.items()
        ]
    return [*results, _all_heard(store, versions)]


def _balance(store: "Lake", versions: dict[str, int], contract: Contract) -> "Finding":
    """How many tracks have other rows than their analysis tells; of the analyses, which no file stands for."""
    from lake.silver.integrity import Finding

    files = "/".join(KEY.path)
    con = store.connect({key: versions[key] for key in (files, *map(name, HEARD))})
    if contract is AUDIO_ANALYSES:
        wrong, rows = con.execute(
            "select count(*) filter (where f.file_id is null), count(*) from silver.audio_analyses a "
            "left join bronze.audio_files f on a.file_id = f.file_id and a.track_id = f.track_id"
        ).fetchall()[0]
        return Finding(not wrong, f"{wrong} of {rows} analyses belong to no file", {"wrong": wrong, "rows": rows})
    told = ROWS_TOLD[contract.name]
    differs = f"coalesce(n, 0) != a.{told}" if told else "false"
    wrong, rows = con.execute(
        f"select count(*) filter (where a.track_id is null or {differs}), coalesce(sum(n), 0) "
        f"from silver.audio_analyses a full join (select track_id, count(*) n from silver.{contract.name} group by 1) "
        "using (track_id)"
    ).fetchall()[0]
    words = f"{wrong} tracks have other rows than their analysis tells"
    return Finding(not wrong, words, {"wrong": wrong, "rows": int(rows)})


def _all_heard(store: "Lake", versions: dict[str, int]) -> AssetCheckResult:
    files = "/".join(KEY.path)
    rows: list[tuple[str, str]] = []
    if files in versions:
        con = store.connect({files: versions[files]})
        rows = con.execute(
            "select path, reason from bronze.audio_files where state = 'failed' and copies > 0 order by path"
        ).fetchall()
    shown = "; ".join(f"{path}: {reason}" for path, reason in rows[:SHOWN])
    return AssetCheckResult(
        check_name=ALL_HEARD,
        asset_key=_key(AUDIO_ANALYSES),
        passed=not rows,
        severity=AssetCheckSeverity.WARN,
        metadata={"failed": len(rows)},
        description=f"{len(rows)} files could not be analysed: {shown}" if rows else "no file failed",
    )


def _key(contract: Contract) -> AssetKey:
    return AssetKey([contract.layer, contract.name])
