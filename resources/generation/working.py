"""A worker makes drafts of the requests that wait, one after the other, each to a final state.

A worker holds a place of the lake, a lock that goes with its process. A request whose worker no longer holds its place
goes back to pending, at most so many times; drafts that it had put on record stay and are not made again.
"""

import hashlib
import logging
import os
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lake.delta.storage import only_if_free
from lake.journals.generation import (
    COMPLETED,
    DRAFT,
    FAILED,
    GENERATING,
    PENDING,
    PLANNING,
    Standing,
    StateError,
    note_state,
    read_standings,
)
from resources.generation.costs import check_limit
from resources.generation.installation import Generation
from resources.generation.making import FOLDER, CannotMakeError, Made, Outcome
from resources.generation.tables import publish_tables, requests_in

if TYPE_CHECKING:
    from lake.lakehouse import Lake

MOST_DEATHS = 3
log = logging.getLogger(__name__)


@dataclass
class Worked:
    """What a worker did: requests by their final state, and how many drafts they have."""

    completed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    drafts: int = 0
    skipped: str | None = None


def work(
    lake: "Lake",
    generation: Generation,
    only: Collection[str] | None = None,
    tell: Callable[[Standing], None] = lambda request: None,
) -> Worked:
    """Work on what is pending until nothing is left, if a place is free.

    Args:
        lake: the lake.
        generation: how the installation generates.
        only: ids of the requests concerned; None: all.
        tell: called with each request that is done.
    """
    with _place(lake.root, generation.places) as place:
        if place is None:
            places = f"all {generation.places} places (LACQUER_GENERATION_PLACES) are taken"
            return Worked(skipped=f"skipped: {places} by workers that make drafts now")
        worker, worked = _Worker(lake, generation, place, f"{os.getpid()}-{uuid.uuid4().hex[:8]}"), Worked()
        while (one := worker.claim(only)) is not None:
            done, drafts = worker.make(one)
            (worked.completed if done.state == COMPLETED else worked.failed).append(done.id)
            worked.drafts += drafts
            tell(done)
        if worked.completed or worked.failed or worker.took_back:
            publish_tables(lake)
    return worked


@contextmanager
def _place(root: Path, places: int) -> Iterator[int | None]:
    """Hold the first free place; None where all are taken."""
    for place in range(1, places + 1):
        with only_if_free(root, _lock(place)) as is_free:
            if is_free:
                yield place
                return
    yield None


def _lock(place: int) -> str:
    return f"generation-place-{place}"


@dataclass
class _Worker:
    """One worker in its place."""

    lake: "Lake"
    generation: Generation
    place: int
    token: str
    took_back: bool = False

    @property
    def name(self) -> str:
        return f"worker {self.place}/{self.token}"

    def claim(self, only: Collection[str] | None) -> Standing | None:
        """The next request, which is this worker's from now on; None: nothing waits."""
        while True:
            standings = read_standings(self.lake).values()
            for one in requests_in(standings, PLANNING, GENERATING):
                self._take_back(one)
            waiting = [one for one in requests_in(standings, PENDING) if only is None or one.id in only]
            if not waiting and not self._have_taken_back(only):
                return None
            for one in waiting:
                details = {"place": self.place, "token": self.token}
                try:
                    return note_state(
                        self.lake, "request", one.id, PLANNING, self.name, "claimed", details=details, after=one.number
                    )
                except StateError:
                    continue  # another worker was faster

    def _have_taken_back(self, only: Collection[str] | None) -> bool:
        pending = requests_in(read_standings(self.lake).values(), PENDING)
        return any(only is None or one.id in only for one in pending)

    def _take_back(self, one: Standing) -> None:
        """Put a request back whose worker has ended; the place that it held is free, or somebody else's."""
        place, token = one.details["place"], one.details["token"]
        if token == self.token:
            return
        if place != self.place:
            with only_if_free(self.lake.root, _lock(place)) as has_ended:
                if not has_ended:
                    return
        why = f"worker {place}/{token} ended while the request was {one.state}; attempt {one.attempts}"
        state = PENDING if one.attempts < MOST_DEATHS else FAILED
        try:
            note_state(self.lake, "request", one.id, state, self.name, why, cost=_reserved(one), after=one.number)
            self.took_back = True
        except StateError:
            return  # it was not dead, or another worker has taken it back

    def make(self, one: Standing) -> tuple[Standing, int]:
        """Plan and make a claimed request; its final state, and how many drafts it has."""
        try:
            outcome, drafts = self._outcome(one)
        except CannotMakeError as error:
            return self._end(one, FAILED, str(error), error.cost), 0
        except Exception as error:
            log.exception("request %s", one.id)
            return self._end(one, FAILED, f"{type(error).__name__}: {error}; the log has the trace", None), 0
        if not drafts:
            return self._end(one, FAILED, "; ".join(outcome.reasons) or "no draft was made", outcome.cost), 0
        why = "; ".join((f"{drafts} drafts", *outcome.reasons))
        return self._end(one, COMPLETED, why, outcome.cost), drafts

    def _outcome(self, one: Standing) -> tuple[Outcome, int]:
        """What the maker returns, and how many drafts of the request are on record then."""
        maker = self.generation.maker(one.details["kind"], self.lake)
        planned = maker.plan(one)
        check_limit(self.lake, planned.reserve, self.generation.monthly_limit)
        details = {"plan": planned.plan, "reserved": planned.reserve}
        note_state(
            self.lake, "request", one.id, GENERATING, self.name, "planned", details=details, cost=planned.reserve
        )
        have = self._drafted(one) if one.attempts > 1 else set()
        left = [name for name in one.details["names"] if asset_id(one.id, name) not in have]
        request = replace(one, details={**one.details, "names": left})
        outcome = maker.make(request, planned, lambda name: self.lake.root / FOLDER / asset_id(one.id, name))
        for made in outcome.drafts:
            self._note(one, made)
        return outcome, len(have) + len(outcome.drafts)

    def _note(self, one: Standing, made: Made) -> None:
        of = {key: one.details.get(key) for key in ("kind", "release_id", "track_id")}
        details = {"request_id": one.id, **of, "name": made.name, **made.details}
        own = asset_id(one.id, made.name)
        note_state(self.lake, "asset", own, DRAFT, self.name, "made as asked", details=details, after=0)

    def _drafted(self, one: Standing) -> set[str]:
        assets = read_standings(self.lake).values()
        return {asset.id for asset in assets if asset.subject == "asset" and asset.details["request_id"] == one.id}

    def _end(self, one: Standing, state: str, why: str, cost: float | None = 0.0) -> Standing:
        if cost is None:  # nobody knows: what was reserved counts
            cost = _reserved(read_standings(self.lake)[one.id])
        return note_state(self.lake, "request", one.id, state, self.name, why, cost=cost)


def _reserved(one: Standing) -> float:
    """Money that was reserved for the attempt that is under way."""
    return float(one.details["reserved"]) if one.state == GENERATING else 0.0


def asset_id(request_id: str, name: str) -> str:
    """The asset of a request and name: the same however often it is made."""
    return hashlib.sha256(f"{request_id} {name}".encode()).hexdigest()[:12]
