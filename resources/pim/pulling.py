"""Objects read from the Data Hub and landed in the shape of an export, so that bronze knows no difference.

Read is what was changed since the last reading, with a look back: an object that was saved in a long transaction, or
came into the list behind our back, has a modificationDate before the newest that was seen. What bronze has in the same
bytes is left out. From time to time everything is compared: an object that bronze has and the PIM no longer lists, nor
knows by its id, was deleted there, and lands as such.

Where each class stands is a row of the lake's standings, written after the file. Losing it costs one full reading.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import ResourceParam

from lake.ingest.landing.writing import as_line, land_lines
from lake.journals.standings import Standing, read_standings, write_standings
from resources.pim.connecting import data_hub
from resources.pim.data_hub import DataHub, Node
from resources.pim.graphql import PimError
from resources.pim.paging import every
from resources.settings import Settings

if TYPE_CHECKING:
    from lake.lakehouse import Lake

SOURCE = "pim"
BRONZE = "bronze/pim_objects"
_UNKNOWN = re.compile(r"(?:Cannot query field|Unknown type) [\"'](\w+)[\"']")
_WORD = re.compile(r"\w+")
LOOK_BACK_S = 600
IDS_AT_ONCE = 100
# More of a class than this cannot have been deleted between two comparisons; rather, the key no longer sees them.
MOST_GONE, FEW = 0.5, 10


@dataclass(frozen=True)
class PimClass:
    """A class of the PIM: its name, the field that is its key, and the fields to read, each as GraphQL.

    An endpoint may show less than the ``optional`` ones; the ``required`` it must.
    """

    name: str
    key: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def selection(self) -> str:
        """The fields of a node."""
        return " ".join([*self.required, *self.optional])


@dataclass(frozen=True)
class Pulled:
    """What reading one class came to; ``file`` is None where nothing new was there, ``keys`` are of what was named."""

    classname: str
    listed: int
    landed: int
    deleted: int
    file: Path | None
    is_full: bool
    notes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class PimObjects:
    """The objects of the PIM as a source. ``hub`` is None where no Data Hub is configured."""

    root: Path
    hub: DataHub | None

    @classmethod
    def from_settings(cls, settings: Settings) -> "PimObjects":
        """The source that the settings name."""
        return cls(settings.lake, data_hub(settings))

    def pull(self, classes: Sequence[PimClass], *, full: bool = False) -> Iterator[Pulled]:
        """Read each class and land what is new; ``full`` compares everything and finds what is gone.

        Raises:
            PimError: the PIM said that it cannot.
            resources.web.errors.WebError: no answer.
        """
        with self._connected() as hub:
            for one in classes:
                yield self._pull(hub, one, full=full)

    def land(self, one: PimClass, ids: Sequence[int]) -> Pulled:
        """Land these objects as they are now; those that are gone, as deleted where bronze has them."""
        with self._connected() as hub:
            if (agreed := _agreed(hub, one)) is None:
                return _not_shown(one)
            one, nodes = agreed, hub.by_ids(one.name, agreed.selection, ids)
            wanted, known = {str(id_) for id_ in ids}, _known(self._lake(), one)
            gone = {id_: row for id_, row in known.items() if id_ in wanted - {str(node["id"]) for node in nodes}}
            lines = [as_line({**node, "classname": one.name}) for node in nodes]
            done = self._landed(one, lines, _deletions(one, gone, hub.server_time), listed=len(nodes), is_full=False)
            keys = {str(node[one.key]) for node in nodes if node.get(one.key)} | {row["key"] for row in gone.values()}
            return replace(done, keys=tuple(sorted(keys)))

    def _connected(self) -> DataHub:
        if self.hub is None:
            raise ValueError("no Data Hub is configured: set LACQUER_PIM_URL and LACQUER_PIM_API_KEY")
        return self.hub

    def _lake(self) -> "Lake":
        from lake.lakehouse import Lake

        return Lake(self.root)

    def _pull(self, hub: DataHub, asked: PimClass, *, full: bool) -> Pulled:
        lake, one = self._lake(), _agreed(hub, asked)
        if one is None:
            return _not_shown(asked)
        standings = read_standings(lake, SOURCE)
        cursor = int(standings[one.name].fingerprint or 0) if one.name in standings else None
        everything = full or cursor is None
        where = None if cursor is None or full else {"modificationDate": {"$gt": cursor - LOOK_BACK_S}}
        nodes: list[Node] = []
        started: int | None = None
        for node in every(hub, one.name, one.selection, where):
            started = started or hub.server_time  # the first page's
            nodes.append(node)
        gone = self._gone(hub, one, {str(node["id"]) for node in nodes}) if full else {}
        lines = [as_line({**node, "classname": one.name}) for node in nodes]
        pulled = self._landed(
            one, lines, _deletions(one, gone, started or hub.server_time), listed=len(nodes), is_full=everything
        )
        # An object without its date lands all the same, and is refused where it is read.
        dates = [node["modificationDate"] for node in nodes if isinstance(node.get("modificationDate"), int)]
        newest = max([cursor or 0, *dates])
        position = str(min(newest, started) if started else newest)
        now = dt.datetime.now(dt.UTC)
        write_standings(lake, SOURCE, standings | {one.name: Standing(fingerprint=position, fetched_at=now)})
        left_out = [part for part in asked.optional if part not in one.optional]
        return replace(pulled, notes=tuple(f"{one.name} has no {part}" for part in left_out))

    def _gone(self, hub: DataHub, one: PimClass, listed: set[str]) -> dict[str, dict[str, Any]]:
        """What bronze has and the PIM neither lists nor knows by its id."""
        known = _known(self._lake(), one)
        missing = sorted(known.keys() - listed)
        still: set[str] = set()
        for start in range(0, len(missing), IDS_AT_ONCE):
            ids = [int(id_) for id_ in missing[start : start + IDS_AT_ONCE]]
            still |= {str(node["id"]) for node in hub.by_ids(one.name, "id", ids)}
        gone = {id_: known[id_] for id_ in missing if id_ not in still}
        if len(gone) > MOST_GONE * len(known) and len(gone) > (FEW if len(gone) < len(known) else 1):
            raise PimError(
                f"get{one.name}Listing",
                f"{len(gone)} of {len(known)} known objects are not there: too many to be taken for deleted; give the "
                "key of the endpoint their folders to read, or land delete events for them",
            )
        return gone

    def _landed(self, one: PimClass, lines: list[str], deletions: list[str], *, listed: int, is_full: bool) -> Pulled:
        new = _unknown(self._lake(), one, lines) + deletions
        day = dt.datetime.now(dt.UTC).date().isoformat()
        file = land_lines(self.root / "landing" / "pim", f"{day}--{one.name.lower()}", new)
        return Pulled(one.name, listed, len(new) if file else 0, len(deletions) if file else 0, file, is_full)


def _agreed(hub: DataHub, one: PimClass) -> PimClass | None:
    """The class without the optional fields that the endpoint does not show; None where it does not show the class.

    Raises:
        PimError: a required field is not shown.
    """
    while True:
        try:
            hub.page(one.name, one.selection, 1, 0, None)
        except PimError as error:
            unknown = set(_UNKNOWN.findall(error.said))
            if f"get{one.name}Listing" in unknown:
                return None
            kept = tuple(part for part in one.optional if not unknown & set(_WORD.findall(part)))
            if kept == one.optional:
                raise
            one = replace(one, optional=kept)
        else:
            return one


PimObjectsParam = ResourceParam[PimObjects]


def _not_shown(one: PimClass) -> Pulled:
    return Pulled(one.name, 0, 0, 0, None, is_full=False, notes=(f"the endpoint does not show the class {one.name}",))


def _deletions(one: PimClass, gone: Mapping[str, dict[str, Any]], at: int | None) -> list[str]:
    """Delete events, each later than what bronze knows of the object and no later than the PIM's clock says."""
    return [
        as_line(
            {
                "id": id_,
                "classname": one.name,
                "fullpath": row["fullpath"],
                "modificationDate": max(at or 0, row["position"] + 1),
                one.key: row["key"],
                "event": "delete",
            }
        )
        for id_, row in sorted(gone.items())
    ]


def _known(lake: "Lake", one: PimClass) -> dict[str, dict[str, Any]]:
    """The objects of the class that stand in bronze, by the PIM's id: their key, path and last position."""
    version = lake.versions().get(BRONZE)
    if version is None:
        return {}
    rows = lake.connect({BRONZE: version}).execute(
        "select payload ->> '$.id' as id, payload ->> $key as key, payload ->> '$.fullpath' as fullpath, position, op "
        "from bronze.pim_objects where source = $class and position is not null "
        "qualify row_number() over (partition by id order by position desc, op = 'd') = 1",
        {"class": one.name, "key": f"$.{one.key}"},
    )
    return {
        id_: {"key": key, "fullpath": fullpath, "position": position}
        for id_, key, fullpath, position, op in rows.fetchall()
        if op != "d" and id_ and id_.isdigit() and key
    }


def _unknown(lake: "Lake", one: PimClass, lines: list[str]) -> list[str]:
    """The lines that bronze does not have in these very bytes."""
    import pyarrow as pa

    version = lake.versions().get(BRONZE)
    if version is None or not lines:
        return lines
    con = lake.connect({BRONZE: version})
    con.register("found", pa.table({"place": range(len(lines)), "line": pa.array(lines, pa.string())}))
    rows = con.execute(
        "select line from found anti join (from bronze.pim_objects where source = $class) b on b.payload = line "
        "order by place",
        {"class": one.name},
    )
    return [line for (line,) in rows.fetchall()]
