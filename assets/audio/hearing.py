"""One round of hearing: file after file is begun, analysed and told, so that it can end at any instruction.

A portion of files is marked as being analysed, goes through the pool, and is marked with its outcome; then the tables
follow. What a killed process has left marked is taken up again: a JAMS that is whole stands, and the other files go one
by one, so that one which ends its process is found and does not take its neighbours with it for ever.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assets.audio.separating import Separation
from assets.audio.tables import as_settings, bring_up, jams_of
from lake.ingest.inbox.audio_files import (
    ANALYZED,
    ANALYZING,
    FAILED,
    UPLOADED,
    Row,
    due_files,
    in_state,
    put_files,
    read_files,
)
from lake.ingest.inbox.place import NotAtHandError

if TYPE_CHECKING:
    from audio.pool import Job, Outcome
    from lake.ingest.inbox.place import Inbox
    from lake.lakehouse import Lake

WORK = "audio"
PORTION = 8  # files a process takes between two commits
KILLED = 10  # runs that end without a word while they have a file; people kill runs too, so one or two say nothing


@dataclass
class Heard:
    """What a round did: tracks by outcome, and how many the tables took in and gave up."""

    analysed: dict[str, Row] = field(default_factory=dict)
    failed: dict[str, Row] = field(default_factory=dict)
    written: int = 0
    removed: int = 0
    separated: int = 0


@dataclass(frozen=True)
class Round:
    """Where to hear, and how.

    Attributes:
        lake: the lake.
        inbox: where the files are.
        processes: how many to use; fewer where memory is short.
        stems: what takes songs apart; None: nothing does.
        tell: called with the row of each file that is done, how many are, and of how many.
    """

    lake: "Lake"
    inbox: "Inbox"
    processes: int
    stems: Separation | None = None
    tell: Callable[[Row, int, int], None] = lambda row, done, total: None

    def hear(self, *, only: Collection[str] | None = None, anew: bool = False, in_full: bool = False) -> Heard:
        """Analyse what waits, and bring the tables up.

        Args:
            only: the tracks concerned; None for all.
            anew: analyse these tracks' newest files again, whatever became of them before.
            in_full: write all rows of the tables again.
        """
        from audio.analysis import VERSION

        heard = Heard()
        files = self._taken_up(VERSION)
        if anew:
            self._begin_anew(files, only)
        self._bring_up(files, heard, in_full=in_full)
        tried: set[str] = set()
        while due := due_files(files, VERSION, only, tried):
            total = len(tried) + len(due)
            for portion in self._portions(due):
                tried |= {row["file_id"] for row in portion}
                self._analyse(portion, files, VERSION, heard, total)
                self._bring_up(files, heard)
                self._let_go(files)
        if self.stems is not None:
            for _ in self.stems.separate(self.lake, self.inbox, files, only):
                heard.separated += 1
                self._bring_up(files, heard)
        return heard

    def _taken_up(self, version: str) -> dict[str, Row]:
        """The files; those that a killed process left are settled where they can be."""
        files = read_files(self.lake)
        settled = []
        for row in files.values():
            if row["state"] == ANALYZING and row["analyser_version"] == version:
                if self._is_whole(row, version):
                    settled.append(in_state(row, ANALYZED))
                elif row["attempts"] >= KILLED:
                    reason = f"the analysis crashed: the process that ran it ended {row['attempts']} times"
                    settled.append(in_state(row, FAILED, reason))
        return self._put(files, settled)

    def _begin_anew(self, files: dict[str, Row], only: Collection[str] | None) -> None:
        from lake.ingest.inbox.audio_files import by_track

        newest = [rows[0] for track, rows in by_track(files).items() if only is None or track in only]
        for row in newest:
            jams_of(self.lake, row["file_id"]).unlink(missing_ok=True)
        self._put(files, [in_state(row, UPLOADED, attempts=0) for row in newest if row["copies"]])

    def _portions(self, due: list[Row]) -> list[list[Row]]:
        suspects = [[row] for row in due if row["state"] == ANALYZING]
        others = [row for row in due if row["state"] != ANALYZING]
        size = PORTION * self.processes
        return [others[start : start + size] for start in range(0, len(others), size)] + suspects

    def _analyse(self, portion: list[Row], files: dict[str, Row], version: str, heard: Heard, total: int) -> None:
        from audio.pool import Job, analyse_all, processes_that_fit

        def outcome_of(row: Row, state: str, reason: str | None = None) -> None:
            done = in_state(row, state, reason)
            files[row["file_id"]] = done
            (heard.analysed if state == ANALYZED else heard.failed)[row["track_id"]] = done
            self.tell(done, len(heard.analysed) + len(heard.failed), total)

        begun = [
            in_state(
                row,
                ANALYZING,
                analyser_version=version,
                attempts=row["attempts"] + 1 if row["analyser_version"] == version else 1,
            )
            for row in portion
        ]
        self._put(files, begun)
        jobs: dict[Path, Row] = {}
        waiting: list[Job] = []
        try:
            for row in begun:
                if self._is_whole(row, version):
                    outcome_of(row, ANALYZED)
                    continue
                try:
                    path = self.inbox.at_hand(row)
                except NotAtHandError as error:
                    outcome_of(row, FAILED, str(error))
                    continue
                jams = jams_of(self.lake, row["file_id"])
                jams.parent.mkdir(parents=True, exist_ok=True)
                jobs[jams] = row
                waiting.append(Job(path, jams))
            for outcome in analyse_all(waiting, processes_that_fit(self.processes, len(waiting))) if waiting else ():
                row = jobs[outcome.job.jams]
                fault = _reason(outcome) or self._fault(row)
                outcome_of(row, ANALYZED if fault is None else FAILED, fault)
        finally:
            # Stopped by hand, or a fault of ours: what was not done waits, and was not tried.
            done = [files[row["file_id"]] for row in begun]
            left = (in_state(row, UPLOADED, attempts=row["attempts"] - 1) for row in done if row["state"] == ANALYZING)
            self._put(files, [row for row in done if row["state"] != ANALYZING] + list(left))

    def _is_whole(self, row: Row, version: str) -> bool:
        """Whether the JAMS and the page of this version of the analyser stand."""
        from audio.rows import analyser_version

        jams = jams_of(self.lake, row["file_id"])
        return jams.with_suffix(".html").is_file() and analyser_version(jams) == version

    def _fault(self, row: Row) -> str | None:
        """Why the file in the inbox is not the one that was registered; None where it is."""
        try:
            self.inbox.at_hand(row)
        except NotAtHandError as error:
            return str(error)
        return None

    def _let_go(self, files: dict[str, Row]) -> None:
        """Of what was fetched keep what waits for its turn."""
        waits = [key for key, row in files.items() if row["track_id"] and row["state"] in (UPLOADED, ANALYZING)]
        self.inbox.let_go(waits)

    def _bring_up(self, files: dict[str, Row], heard: Heard, *, in_full: bool = False) -> None:
        done = bring_up(self.lake, files, as_settings(stems=self.stems and self.stems.model.name), in_full=in_full)
        heard.written += done.written
        heard.removed += done.removed
        # Of a file whose JAMS somebody has removed nothing can be told: it is analysed again.
        self._put(files, [in_state(files[lost], UPLOADED, "its JAMS is gone", attempts=0) for lost in done.lost])

    def _put(self, files: dict[str, Row], rows: list[Row]) -> dict[str, Row]:
        put_files(self.lake, rows)
        files |= {row["file_id"]: row for row in rows}
        return files


def _reason(outcome: "Outcome[Job]") -> str | None:
    return None if outcome.told is not None else outcome.reason or "the analysis failed"
