"""Lacquer for Python programs: read published tables as polars frames, land rows.

``lake = lacquer.open("lakes/demo")`` sees one published state; ``lake["gold.dim_release"]`` is a frame of it. What a
program may rely on stands here. The command line and the API are in ``serving``.
"""

from lacquer.landing import LandedRows, RefusedRow, UnknownKindError
from lacquer.reading import NoLakeError, OpenLake, UnknownTableError, open_lake

open = open_lake  # noqa: A001  (lacquer.open reads as it is meant, and the module has no files to open)

__all__ = ["LandedRows", "NoLakeError", "OpenLake", "RefusedRow", "UnknownKindError", "UnknownTableError", "open"]
