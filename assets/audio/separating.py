"""Taking apart what was heard: the stems of each track's file, beside its JAMS, and why there are none.

It takes about as long as the music lasts, so each song counts as soon as it is done. What fails leaves a note of the
model and the reason, and is tried again with another model, or where the reason can pass.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.audio.tables import STATED, jams_of, stems_of
from lake.audio_files import ATTEMPTS, Row, by_track, can_pass, heard_file

if TYPE_CHECKING:
    from lake.lakehouse import Lake

NOTE = "failed.json"


@dataclass(frozen=True)
class Separation:
    """What takes songs apart.

    Attributes:
        models: the folder of models.
        model: which of them.
        threads: processor threads for all songs at once together.
        warn: told of each song that could not be taken apart.
    """

    models: Path
    model: str
    threads: int
    warn: Callable[[str], None]

    def separate(
        self, lake: "Lake", inbox: Path, files: Mapping[str, Row], only: Collection[str] | None = None
    ) -> Iterator[str]:
        """Take apart each track's file of which this model's stems do not stand; yield each track that is done.

        Args:
            lake: where the stems go.
            inbox: where the files are.
            files: every audio file, by its id.
            only: the tracks concerned; None for all.
        """
        from audio.pool import processes_that_fit, work_all
        from audio.rows import read_told
        from audio.separation.work import MIB, SEPARATION, StemJob

        due: dict[Path, Row] = {}
        for track, rows in by_track(files).items():
            row = heard_file(rows)
            if row is not None and (only is None or track in only) and self._is_due(lake, inbox, row):
                due[stems_of(lake, row["file_id"])] = row
        processes = processes_that_fit(self.threads, len(due), MIB)
        jobs = [
            StemJob(
                path=inbox / row["path"],
                folder=folder,
                duration_s=read_told(jams_of(lake, row["file_id"])).song["duration_s"],
                models=self.models,
                model=self.model,
                threads=max(1, self.threads // processes),
            )
            for folder, row in due.items()
        ]
        for outcome in work_all(jobs, SEPARATION, processes):
            row, folder = due[outcome.job.folder], outcome.job.folder
            if outcome.told is None:
                self.warn(f"{row['path']} ({row['track_id']}): no stems: {outcome.reason}")
                self._note(folder, str(outcome.reason))
                continue
            (folder / NOTE).unlink(missing_ok=True)
            yield row["track_id"]

    def _is_due(self, lake: "Lake", inbox: Path, row: Row) -> bool:
        folder = stems_of(lake, row["file_id"])
        path = inbox / row["path"]
        if not row["copies"] or not path.is_file() or path.stat().st_size != row["bytes"]:
            return False
        if _told(folder / STATED).get("model") == self.model:
            return False
        note = _told(folder / NOTE)
        if note.get("model") != self.model:
            return True
        return can_pass(note["reason"]) and note["attempts"] < ATTEMPTS

    def _note(self, folder: Path, reason: str) -> None:
        """Leave the note of a failure, and nothing of the stems that were begun."""
        before = _told(folder / NOTE)
        attempts = before["attempts"] + 1 if before.get("model") == self.model else 1
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        note = {"model": self.model, "reason": reason, "attempts": attempts}
        (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")


def _told(path: Path) -> dict[str, Any]:
    """What a JSON file says; nothing where it is not there, or was not written to its end."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
