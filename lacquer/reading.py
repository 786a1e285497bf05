"""A lake as a Python program sees it: the tables of one published state, as polars frames."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lacquer.landing import LandedRows, Rows, land_rows
from lake.delta.views import quoted
from lake.ingest.inbox.address import SCHEMES, scheme_of
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import polars as pl


class NoLakeError(ValueError):
    """There is no lake at the path."""


class UnknownTableError(KeyError):
    """No table of this name is published."""

    def __str__(self) -> str:
        return str(self.args[0])


class OpenLake:
    """One published state of a lake. It stays the same, whatever runs publish; ``refresh`` moves on to the newest.

    Args:
        lake: the lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.refresh()

    @property
    def path(self) -> Path:
        """The lake's folder."""
        return self._lake.root

    def refresh(self) -> OpenLake:
        """See the newest published state from now on."""
        self._versions = self._lake.published()
        self._con = self._lake.connect(self._versions)
        return self

    def tables(self) -> list[str]:
        """Names of the published tables, ``gold.dim_release``, in order."""
        return sorted(key.replace("/", ".") for key in self._versions)

    def version(self, name: str) -> int:
        """The Delta version of a table that this state holds."""
        return self._versions[self._key(name)]

    def read(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A table as a frame.

        Args:
            name: ``gold.dim_release``, or the bare name ``dim_release``.
            columns: only these, in this order.

        Raises:
            UnknownTableError: it is not published.
        """
        layer, table = self._key(name).split("/")
        listed = "*" if columns is None else ", ".join(quoted(column) for column in columns)
        frame: pl.DataFrame = self._con.sql(f"select {listed} from {quoted(layer)}.{quoted(table)}").pl()
        return frame

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.read(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._found(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables())

    def __len__(self) -> int:
        return len(self._versions)

    def __repr__(self) -> str:
        return f"<lake {self.path}: {len(self)} published tables>"

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The answer to a query in DuckDB's dialect; tables go by ``layer.name`` or by their bare names.

        Args:
            query: one statement; ``?`` or ``$name`` stand for parameters.
            parameters: their values.

        Raises:
            ValueError: the statement selects nothing.
            duckdb.Error: what DuckDB says of a query that fails.
        """
        answer = self._con.sql(query, params=parameters)
        if answer is None:
            raise ValueError("the statement gives no rows: write a query that selects some")
        frame: pl.DataFrame = answer.pl()
        return frame

    def land(self, kind: str, rows: Rows, *, as_of: dt.datetime | None = None, dry_run: bool = False) -> LandedRows:
        """Land rows of a silver table; the next ``lacquer run`` ingests them.

        Rows that the table's contract refuses are named in the answer and do not land; the others do.

        Args:
            kind: the table: ``buyers``, ``orders``, ``order_lines``, ``releases``, ``signals``, …
            rows: a mapping per row, or a polars or Arrow table; columns as in the data dictionary.
            as_of: moment that the rows are of, now by default: of one key the latest counts.
            dry_run: only check the rows.

        Raises:
            UnknownKindError: no such table takes rows.
        """
        return land_rows(self._lake, kind, rows, as_of=as_of, dry_run=dry_run)

    def _key(self, name: str) -> str:
        found = self._found(name)
        if found is None:
            names = self.tables()
            bare = [one.split(".")[1] for one in names]
            near = get_close_matches(name, names, 1) or get_close_matches(name.split(".")[-1], bare, 1)
            hint = f"is {near[0]} meant?" if near else f"published are {', '.join(names) or 'no tables yet'}"
            raise UnknownTableError(f"no published table {name} in {self.path}: {hint}")
        return found

    def _found(self, name: str) -> str | None:
        if "." in name or "/" in name:
            key = name.replace(".", "/")
            return key if key in self._versions else None
        return next(
            (
                f"{layer}/{name}"
                for layer in ("gold", "silver", "bronze", "lake")
                if f"{layer}/{name}" in self._versions
            ),
            None,
        )


def open_lake(path: Path | str | None = None) -> OpenLake:
    """Open a lake.

    Args:
        path: its folder, or its address in object storage; without one that of the setting ``LACQUER_LAKE``.

    Raises:
        NoLakeError: the folder is not there.
        RemoteError: the object storage does not answer.

    Example:
        >>> import lacquer
        >>> lake = lacquer.open("lakes/demo")  # doctest: +SKIP
        >>> lake["gold.dim_release"].height  # doctest: +SKIP
        400
    """
    if path is None or scheme_of(str(path)) in SCHEMES:
        from resources.settings import Settings

        settings = Settings() if path is None else Settings(lake=path)
        path = settings.lake
        if settings.lake_address is not None:
            from resources.remote_lake import working_copy

            working_copy(settings, warnings.warn).refresh()
    lake = Lake(path)
    if not lake.root.is_dir():
        raise NoLakeError(f"no lake at {lake.root}: build one with lacquer run --lake {path}, or open another folder")
    return OpenLake(lake)
