"""The objects of the PIM that stands in, and the record of who wrote what into them."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda held, wanted: held is not None and held > wanted,
    "$gte": lambda held, wanted: held is not None and held >= wanted,
    "$lt": lambda held, wanted: held is not None and held < wanted,
    "$lte": lambda held, wanted: held is not None and held <= wanted,
}


def meets(one: Object, where: dict[str, Any]) -> bool:
    """Whether an object meets a filter in Pimcore's words."""
    for name, wanted in where.items():
        if name == "$or":
            if not any(meets(one, part) for part in wanted):
                return False
        elif isinstance(wanted, dict):
            if not all(COMPARE[operator](one.get(name), value) for operator, value in wanted.items()):
                return False
        elif one.get(name) != wanted:
            return False
    return True


@dataclass
class Store:
    """Objects by id. Every save moves `modificationDate`, of a clock that a test may set."""

    objects: dict[int, Object] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    # Writes through the interface, by release, field and value: each must be 1 in the end.
    written: Counter[tuple[str, str, Any]] = field(default_factory=Counter)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, id_: int, classname: str, **fields: Any) -> Object:
        """Save an object as a person does."""
        with self.lock:
            one = self.objects.setdefault(id_, {"id": id_, "classname": classname, "published": True})
            one.setdefault("fullpath", f"/{classname.lower()}s/{id_}")
            one.update(fields)
            one.setdefault("modificationDate", 0)
            if "modificationDate" not in fields:
                one["modificationDate"] = int(self.clock())
            return one

    def update(self, id_: int, fields: dict[str, Any]) -> Object:
        """Save an object as the interface does; counted."""
        with self.lock:
            one = self.put(id_, self.objects[id_]["classname"], **fields)
            self.written.update((one["releaseId"], name, value) for name, value in fields.items())
            return one

    def list(
        self,
        classname: str,
        ids: str | None = None,
        where: str | None = None,
        sort: list[str] | None = None,
        published: bool = True,
    ) -> list[Object]:
        """The objects of a class that a listing shows, in its order."""
        wanted = {int(one) for one in ids.split(",") if one} if ids is not None else None
        with self.lock:
            found = [
                dict(one)
                for one in self.objects.values()
                if one["classname"] == classname
                and (wanted is None or one["id"] in wanted)
                and (one["published"] or not published)
                and (where is None or meets(one, json.loads(where)))
            ]
        for name in reversed(sort or []):
            found.sort(key=lambda one: one[name])
        return found

    def forecasts(self) -> dict[tuple[str, str], Any]:
        """Every forecast field that is not empty, by release and name."""
        with self.lock:
            return {
                (one["releaseId"], name): value
                for one in self.objects.values()
                for name, value in one.items()
                if name.startswith("forecast") and value is not None
            }
