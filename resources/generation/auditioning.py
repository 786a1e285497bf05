"""Original, stem and mix of a generated stem, made when somebody first compares them, and kept beside the stem."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.generation.making import FOLDER
from resources.generation.stems import outline_of, plan_of

if TYPE_CHECKING:
    from lake.lakehouse import Lake

INDEX = "audition.json"


@dataclass(frozen=True)
class Compared:
    """The files by part, what is drawn of each, and the level that all have."""

    paths: dict[str, Path]
    outlines: dict[str, list[float]]
    rms_dbfs: float


def compared(lake: "Lake", asset: Mapping[str, Any], original: Path) -> Compared:
    """Original, stem and mix of an asset; made once, whole or not at all.

    Args:
        lake: where the asset's file is, and where the three go.
        asset: a row of `generated_assets` with `asset_id`, `path`, `sha256` and the plan as `inputs`.
        original: the audio file that the stem was planned from.

    Raises:
        NotDecodableError: one of the files does not decode.
        CannotAuditionError: the original ends before the loop does, or one of them is silent.
        OSError: the stem is not there, or the lake cannot be written.
    """
    folder = lake.root / FOLDER / asset["asset_id"] / f"audition-{asset['sha256'][:12]}"
    if not (folder / INDEX).is_file():
        _make(lake.root / asset["path"], original, plan_of(asset["inputs"]), folder)
    told = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    paths = {name: folder / f"{name}.flac" for name in told["outlines"]}
    return Compared(paths, told["outlines"], told["rms_dbfs"])


def _make(stem: Path, original: Path, plan: Any, folder: Path) -> None:
    from audio.generation.audition import audition

    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".audition-", dir=folder.parent))
    try:
        done = audition(original, stem, plan, work)
        outlines = {name: outline_of(path) for name, path in done.paths.items()}
        index = {"rms_dbfs": done.rms_dbfs, "outlines": outlines}
        (work / INDEX).write_text(json.dumps(index), encoding="utf-8")
        work.chmod(0o755)  # as other folders of the lake, so that other users of it can read them
        try:
            os.rename(work, folder)
        except OSError:
            if not (folder / INDEX).is_file():  # else somebody else was faster, with the same
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
