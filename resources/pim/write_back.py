"""Updates of releases in Pimcore through its Data Hub: each change once, and none over a person's edit.

The Data Hub knows no conditional update. Each release is therefore looked at once more right before it is written; what
a person saves between that look and the write, the time of one request, would be written over. After a fault nobody
knows whether the change was made, so the release is read again before it is sent again, and after a pause: a request
that was cut off may still be at work.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lake.journals.writebacks import PimValue, judge
from resources.pim.data_hub import DataHub, Node
from resources.pim.graphql import PimError
from resources.pim.writing import ABSENT, CONFLICT, FOUND, OPEN, WRITTEN, Delivery, FieldOutcome, ReleaseUpdate
from resources.web.errors import UnavailableError, WebError

CLASS, KEY = "Release", "releaseId"
ROUNDS, SETTLE_S = 3, 5.0


@dataclass(frozen=True)
class DataHubReleases:
    """Releases in a Data Hub.

    Attributes:
        hub: the endpoint.
        settle_s: pause before what went wrong is looked at again.
        at_once: releases per call.
        sleep: what waits.
    """

    hub: DataHub
    settle_s: float = SETTLE_S
    at_once: int | None = 50
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @property
    def address(self) -> str:
        """The endpoint's address."""
        return self.hub.url

    def update_releases(self, updates: Sequence[ReleaseUpdate]) -> Delivery:
        """Write what differs and may be written; what stays open is named with its fault.

        Raises:
            resources.web.errors.WebError: the PIM cannot be reached at all; nothing was written.
            PimError: it does not know the fields; nothing was written.
        """
        with self.hub:
            batch = _Batch(self.hub, {update.release_id: update for update in updates})
            batch.find()
            for turn in range(ROUNDS):
                if turn:
                    self.sleep(self.settle_s)
                batch.go_on()
                if not batch.faults or batch.is_down:
                    break
        return Delivery(self.address, OPEN, batch.outcomes, (*batch.ambiguous, *batch.faults.values()), batch.is_down)


@dataclass
class _Batch:
    """The updates of one call and what has become of them."""

    hub: DataHub
    updates: dict[str, ReleaseUpdate]
    ids: dict[str, int] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], FieldOutcome] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    ambiguous: list[str] = field(default_factory=list)
    is_down: bool = False

    @property
    def _selection(self) -> str:
        names = sorted({name for update in self.updates.values() for name in update.fields})
        return " ".join(["id", KEY, "modificationDate", *names])

    def find(self) -> None:
        """Look all releases up: where they are, and what of them needs no writing."""
        found: dict[str, list[Node]] = {}
        for node in self.hub.by_values(CLASS, self._selection, KEY, list(self.updates)):
            found.setdefault(str(node.get(KEY)), []).append(node)
        for release_id, update in self.updates.items():
            nodes = {str(node["id"]): node for node in found.get(release_id, [])}
            if len(nodes) > 1:
                self.ambiguous.append(f"{release_id}: objects {', '.join(sorted(nodes))} have this {KEY}; keep one")
            elif not nodes:
                self._all(update, ABSENT)
            else:
                (node,) = nodes.values()
                self.ids[release_id] = int(node["id"])
                self._judged(update, node)

    def go_on(self) -> None:
        """Write every release that is found and not settled, each after a last look."""
        for release_id, id_ in self.ids.items():
            update = self.updates[release_id]
            if all((release_id, name) in self.outcomes for name in update.fields):
                continue
            try:
                self._write(update, id_)
                self.faults.pop(release_id, None)
            except UnavailableError as error:
                self.faults[release_id] = str(error)
                self.is_down = True
                return
            except (WebError, PimError) as error:
                self.faults[release_id] = f"{release_id}: {error}"

    def _write(self, update: ReleaseUpdate, id_: int) -> None:
        nodes = self.hub.by_ids(CLASS, self._selection, [id_])
        if not nodes:
            self._all(update, ABSENT)
            return
        wanted = self._judged(update, nodes[0])
        if not wanted:
            return
        now = self.hub.update(CLASS, id_, wanted)
        for name in wanted:
            self.outcomes[update.release_id, name] = FieldOutcome(WRITTEN, now.get(name), now.get("modificationDate"))

    def _judged(self, update: ReleaseUpdate, node: Node) -> dict[str, PimValue]:
        """Note what needs no writing or must not be written; the fields that are to be written."""
        wanted: dict[str, PimValue] = {}
        held_at = node.get("modificationDate")
        for name, value in update.fields.items():
            verdict = judge(value, node.get(name), update.ours.get(name, ()), held_at, update.known_at)
            if verdict == "write":
                wanted[name] = value
            else:
                result = FOUND if verdict == "found" else CONFLICT
                self.outcomes[update.release_id, name] = FieldOutcome(result, node.get(name), held_at)
        return wanted

    def _all(self, update: ReleaseUpdate, result: str) -> None:
        for name in update.fields:
            self.outcomes[update.release_id, name] = FieldOutcome(result)
