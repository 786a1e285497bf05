"""The files of a lake that one backup holds.

The newest version of every table is taken at one moment, as a killed run would leave the lake; the published versions
are kept readable beside it. Other versions are not kept. Everything outside the tables is copied as it is, except the
pins of runs, which do not outlive a restore, and the feature views, which the next run writes anew.
"""

from __future__ import annotations

from pathlib import Path

from lake.delta.sessions import PINS
from lake.delta.storage import data_files, log_files, newest_version
from lake.delta.table import Table
from lake.lakehouse import LAYERS, Lake

LEFT_OUT = ("feast", "damaged")
PINS_KEY = f"lake/{PINS.name}"


def newest_versions(lake: Lake) -> dict[str, int]:
    """The newest version of every table at one moment: read until two readings agree, since versions only grow."""
    before = _versions(lake)
    while (after := _versions(lake)) != before:
        before = after
    return after


def _versions(lake: Lake) -> dict[str, int]:
    keys = lake.keys()
    return {key: newest_version(lake.path(key)) for key in keys if key != PINS_KEY}


def table_files(lake: Lake, key: str, version: int, published: int | None) -> list[Path]:
    """The log up to the version, and the data files of it and of the published version."""
    folder = lake.path(key)
    found = set(log_files(folder, version))
    for one in {version, version if published is None else published}:
        found.update(data_files(Table(folder).snapshot(one)))
    return sorted(found)


def other_files(lake: Lake) -> list[Path]:
    """Landing files, settings, audio, reports and whatever else stands in the lake's folder outside its tables."""
    found = []
    for top in sorted(lake.root.iterdir()):
        if top.is_file():
            found.append(top)
        elif top.name not in (*LAYERS, *LEFT_OUT):
            found.extend(path for path in sorted(top.rglob("*")) if path.is_file())
    return found
