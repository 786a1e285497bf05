"""The step that hears: every file that waits, many in one run, and the tables of what was heard.

A Dagster partition is a track. A run without partitions takes whatever waits and tells of each track as it is done; a
run of chosen tracks analyses these again. A song that fails is a state in `audio_files` and stops nobody.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetSpec,
    BackfillPolicy,
    DynamicPartitionsDefinition,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from assets.audio import audio_analyses, beats, chords, sections, stems
from assets.audio.checks import check_specs, run_checks
from assets.audio.tables import HEARD, jams_of, name
from assets.bronze.audio_files import GROUP, KEY
from assets.contracts import table_spec
from assets.rebuilding import asks_for_silver
from lake.contract import Contract
from resources.audio import AudioParam, AudioResource, StemModel, usable_model
from resources.lake import LakeParam
from resources.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from lake.ingest.inbox.audio_files import Row
    from lake.lakehouse import Lake

TRACKS = DynamicPartitionsDefinition(name="audio_tracks")
_SAID = {one.__name__.rsplit(".", 1)[-1]: one.__doc__ for one in (audio_analyses, beats, chords, sections, stems)}
# What is told of each track while a round goes on; `lacquer run` shows it as progress.
DONE, OF = "songs_done", "songs"


_MAKERS = (Path(__file__).with_name("tables.py"), PROJECT_ROOT / "audio" / "rows.py")
_CODE = b"".join(path.read_bytes() for path in _MAKERS)


def _spec(contract: Contract) -> AssetSpec:
    return table_spec(
        contract,
        [KEY],
        _SAID[contract.name],
        group=GROUP,
        kinds={"delta", "python"},
        code_version=sha256(_CODE + repr(contract.columns).encode()).hexdigest()[:12],
    )


@multi_asset(
    name="audio_analyses",
    specs=[_spec(contract) for contract in HEARD],
    check_specs=check_specs(),
    partitions_def=TRACKS,
    backfill_policy=BackfillPolicy.single_run(),
)
def audio_analyses_step(
    context: AssetExecutionContext, lake: LakeParam, audio: AudioParam
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Hear what waits."""
    store, session = lake.lake(), lake.session(context.run)
    said: dict[str, Any] = {}
    if (wanting := audio.wanting()) is not None or audio.inbox is None:
        context.log.info(wanting)
        said = {"skipped": wanting}
    else:
        said = _hear(context, store, audio)
        for table in ("/".join(KEY.path), *map(name, HEARD)):
            session.advance(table, store.versions()[table])
    results = run_checks(store, session.versions)
    for contract in HEARD:
        key = AssetKey([contract.layer, contract.name])
        version = session.versions.get(name(contract))
        rows = {}
        if version is not None:
            rows = {"rows_total": store.table(contract).row_count(version), "delta_version": version}
        own = [one for one in results if one.asset_key == key]
        yield MaterializeResult(asset_key=key, metadata=rows | said, check_results=own)


def _hear(context: AssetExecutionContext, store: "Lake", audio: AudioResource) -> dict[str, Any]:
    """Hear, one round at a time on a lake; another process's round is waited for and has done the work by then."""
    from assets.audio.hearing import WORK, Round
    from assets.audio.separating import Separation
    from lake.delta.storage import only_one

    chosen = context.has_partition_key or context.has_partition_key_range
    only = list(context.partition_keys) if chosen else None

    def tell(row: "Row", done: int, total: int) -> None:
        if row["reason"] is not None:
            context.log.warning(f"{row['path']} ({row['track_id']}): failed: {row['reason']}")
        elif not chosen:
            _partition(context, store, row, done, total)

    model, stems = usable_model(audio.stem_models, audio.stem_model), None
    if isinstance(model, StemModel):
        stems = Separation(model, audio.processes, context.log.warning)
    with only_one(store.root, WORK):
        heard = Round(store, audio.open(store), audio.processes, stems, tell).hear(
            only=only, anew=chosen, in_full=asks_for_silver(context.run.tags)
        )
    return {
        "tracks_analysed": len(heard.analysed),
        "tracks_failed": len(heard.failed),
        "tracks_written": heard.written,
        "tracks_removed": heard.removed,
        "stems": f"{heard.separated} tracks taken apart" if stems else f"skipped: {model}",
    }


def _partition(context: AssetExecutionContext, store: "Lake", row: "Row", done: int, total: int) -> None:
    """Tell Dagster that the track's partition is made, with the way to its page."""
    track, jams = row["track_id"], jams_of(store, row["file_id"])
    metadata: dict[str, Any] = {
        DONE: done,
        OF: total,
        "page": MetadataValue.path(str(jams.with_suffix(".html"))),
        "jams": MetadataValue.path(str(jams)),
    }
    context.instance.add_dynamic_partitions(str(TRACKS.name), [track])
    for contract in HEARD:
        context.log_event(AssetMaterialization([contract.layer, contract.name], partition=track, metadata=metadata))
