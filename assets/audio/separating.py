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
from lake.ingest.inbox.audio_files import ATTEMPTS, Row, by_track, can_pass, heard_file
from lake.ingest.inbox.place import NotAtHandError
from resources.audio import StemModel

if TYPE_CHECKING:
    from audio.separation.work import StemJob
    from lake.ingest.inbox.place import Inbox
    from lake.lakehouse import Lake

PORTION = 8  # files a process takes from the inbox at a time
NOTE = "failed.json"


@dataclass(frozen=True)
class Separation:
    """What takes songs apart.

    Attributes:
        model: which it is.
        threads: processor threads for all songs at once together.
        warn: told of each song that could not be taken apart.
    """

    model: StemModel
    threads: int
    warn: Callable[[str], None]

    def separate(
        self, lake: "Lake", inbox: "Inbox", files: Mapping[str, Row], only: Collection[str] | None = None
    ) -> Iterator[str]:
        """Take apart each track's file of which the stems by these weights do not stand; yield each track that is done.

        Args:
            lake: where the stems go.
            inbox: where the files are.
            files: every audio file, by its id.
            only: the tracks concerned; None for all.
        """
        from audio.pool import processes_that_fit, work_all
        from audio.separation.work import MIB, SEPARATION

        due: dict[Path, Row] = {}
        for track, rows in by_track(files).items():
            row = heard_file(rows)
            if row is not None and (only is None or track in only) and self._is_due(lake, row):
                due[stems_of(lake, row["file_id"])] = row
        processes = processes_that_fit(self.threads, len(due), MIB)
        for folders in _portions(list(due), PORTION * processes):
            jobs = [job for folder in folders if (job := self._job(lake, inbox, folder, due[folder], processes))]
            for outcome in work_all(jobs, SEPARATION, processes):
                row, folder = due[outcome.job.folder], outcome.job.folder
                if outcome.told is None:
                    self.warn(f"{row['path']} ({row['track_id']}): no stems: {outcome.reason}")
                    self._note(folder, str(outcome.reason))
                    continue
                (folder / NOTE).unlink(missing_ok=True)
                yield row["track_id"]
            inbox.let_go(())

    def _job(self, lake: "Lake", inbox: "Inbox", folder: Path, row: Row, processes: int) -> "StemJob | None":
        """What is to be done with a file; None where the inbox does not hold it any more."""
        from audio.rows import read_told
        from audio.separation.work import StemJob

        try:
            path = inbox.at_hand(row)
        except NotAtHandError:
            return None
        return StemJob(
            path=path,
            folder=folder,
            duration_s=read_told(jams_of(lake, row["file_id"])).song["duration_s"],
            models=self.model.folder,
            model=self.model.name,
            threads=max(1, self.threads // processes),
        )

    def _is_due(self, lake: "Lake", row: Row) -> bool:
        if not row["copies"]:
            return False
        folder = stems_of(lake, row["file_id"])
        if self._is_ours(_told(folder / STATED)):
            return False
        note = _told(folder / NOTE)
        return not self._is_ours(note) or (can_pass(note["reason"]) and note["attempts"] < ATTEMPTS)

    def _is_ours(self, told: Mapping[str, Any]) -> bool:
        """Whether it was this model, with these weights."""
        return (told.get("model"), told.get("checksum")) == (self.model.name, self.model.checksum)

    def _note(self, folder: Path, reason: str) -> None:
        """Leave the note of a failure, and nothing of the stems that were begun."""
        before = _told(folder / NOTE)
        attempts = before["attempts"] + 1 if self._is_ours(before) else 1
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        about = {"model": self.model.name, "checksum": self.model.checksum}
        note = {**about, "reason": reason, "attempts": attempts}
        (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")


def _portions(folders: list[Path], size: int) -> Iterator[list[Path]]:
    for start in range(0, len(folders), size):
        yield folders[start : start + size]


def _told(path: Path) -> dict[str, Any]:
    """What a JSON file says; nothing where it is not there, or was not written to its end."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
