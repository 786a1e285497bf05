"""Questions to the ERP's database within one transaction; every answer is text.

PostgreSQL writes the text itself. For other databases it is written in Python, in the same way.
"""

import datetime as dt
import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa

    from lake.ingest.pulls.source import Key, Row, SourceTable, Window
    from lake.reconciliation.sides import Part, Totals

BATCH_ROWS = 10_000
KEYS_AT_ONCE = 500


class ErpUnreachableError(RuntimeError):
    """The ERP's database does not answer, or not as it should; the message names it, without its password."""


class ErpSnapshot:
    """A :class:`lake.ingest.pulls.source.SourceSnapshot` over an open transaction."""

    def __init__(self, connection: "sa.Connection") -> None:
        import sqlalchemy as sa

        self._connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"
        self._relations: dict[str, sa.Table] = {}
        # The first statement, which is when the snapshot is taken.
        at = connection.execute(sa.select(sa.func.current_timestamp())).scalar_one()
        moment = at if isinstance(at, dt.datetime) else dt.datetime.fromisoformat(str(at))
        self._now = moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        """The database's clock when the snapshot was taken."""
        return self._now

    def relation(self, table: "SourceTable") -> "sa.Table":
        """The table as the database describes it.

        Raises:
            ErpUnreachableError: it is not there, lacks a declared column, or its watermark is of another kind.
        """
        import sqlalchemy as sa

        if table.name not in self._relations:
            schema, _, name = table.relation.rpartition(".")
            try:
                found = sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=self._connection)
            except sa.exc.NoSuchTableError as error:
                raise ErpUnreachableError(
                    f"{table.name}: the database has no table or view {table.relation}"
                ) from error
            declared = {*table.key, table.watermark, *([table.day] if table.day else []), *sum(table.sums, ())}
            if absent := sorted(declared - set(found.c.keys())):
                raise ErpUnreachableError(f"{table.name}: {table.relation} has no column {', '.join(absent)}")
            mark, wanted = found.c[table.watermark].type, (sa.DateTime, sa.Date)
            if not isinstance(mark, sa.Integer if isinstance(table.look_back, int) else wanted):
                raise ErpUnreachableError(
                    f"{table.name}: {table.watermark} is {mark}, and look_back {table.look_back}; "
                    "a moment or a day goes with a duration such as 3 days, a whole number with a number"
                )
            self._relations[table.name] = found
        return self._relations[table.name]

    def newest(self, table: "SourceTable", not_after: dt.datetime) -> str | None:
        """The greatest watermark, of moments and days none later than ``not_after``; None for a table without any."""
        import sqlalchemy as sa

        mark = self._mark(table)
        query = sa.select(self._text(sa.func.max(mark)))
        if isinstance(mark.type, sa.DateTime | sa.Date):
            query = query.where(mark <= self.typed(mark, not_after.isoformat(sep=" ")))
        value: Any = self._connection.execute(query).scalar_one()
        return None if value is None else self._as_text(value)

    def earlier(self, table: "SourceTable", watermark: str) -> str:
        """The watermark that lies the table's ``look_back`` before, or the first there is; of a day, one at least."""
        if isinstance(table.look_back, int):
            return str(int(watermark) - table.look_back)
        try:
            last = dt.datetime.fromisoformat(watermark)
            day = dt.timedelta(days=last.time() == dt.time())  # more rows of that day may come
            return (last - max(table.look_back, day)).isoformat(sep=" ")
        except (ValueError, OverflowError):  # before the year 1, where many programs put a moment that nobody has set
            return "-infinity" if self._is_postgres else "0001-01-01 00:00:00"

    def rows(self, table: "SourceTable", window: "Window") -> "Iterator[list[Row]]":
        """The window's rows in batches, by watermark and key."""
        import sqlalchemy as sa

        mark = self._mark(table)
        bounds = [mark > self.typed(mark, window.after)] if window.after is not None else []
        bounds += [mark <= self.typed(mark, window.until)] if window.until is not None else []
        inside = sa.and_(*bounds) if bounds else sa.true()
        query = self.select(table).where(sa.or_(inside, mark.is_(None)) if window.with_unmarked else inside)
        yield from self.batches(query.order_by(mark, *(self.relation(table).c[name] for name in table.key)))

    def rows_of(self, table: "SourceTable", keys: "Sequence[Key]") -> "Iterator[list[Row]]":
        """The rows with these keys, in batches."""
        yield from self._with_keys(table, keys, self.select(table))

    def _with_keys(self, table: "SourceTable", keys: "Sequence[Key]", query: "sa.Select[Any]") -> "Iterator[list[Row]]":
        import sqlalchemy as sa

        columns = [self.relation(table).c[name] for name in table.key]
        for start in range(0, len(keys), KEYS_AT_ONCE):
            asked = [
                sa.and_(*(column == self.typed(column, text) for column, text in zip(columns, key, strict=True)))
                for key in keys[start : start + KEYS_AT_ONCE]
            ]
            yield from self.batches(query.where(sa.or_(*asked)))

    def keys(self, table: "SourceTable") -> "Iterator[list[Row]]":
        """Key and watermark of every row, in batches."""
        yield from self.batches(self.select(table, (*table.key, table.watermark)))

    def day_totals(self, table: "SourceTable", pulled: str | None) -> "dict[str | None, Totals]":
        """Totals per day, in UTC, of the rows that are not newer than ``pulled``."""
        import sqlalchemy as sa

        from lake.reconciliation.sides import Totals

        day = self._day(table)
        query: sa.Select[Any] = sa.select(self._text(day), *self._totals(table))
        found = map(tuple, self.execute(query.where(sa.not_(self._is_newer(table, pulled))).group_by(day)))
        return {None if day is None else str(day): Totals.of(rows, sums) for day, rows, *sums in found}

    def part_totals(self, table: "SourceTable", part: "Part", pulled: str | None) -> "Totals":
        """Totals of a part, of the rows that are not newer than ``pulled``."""
        import sqlalchemy as sa

        from lake.reconciliation.sides import Totals

        within = sa.and_(self._within(table, part), sa.not_(self._is_newer(table, pulled)))
        ((rows, *sums),) = map(tuple, self.execute(sa.select(*self._totals(table)).where(within)))
        return Totals.of(rows, sums)

    def rows_in(self, table: "SourceTable", part: "Part", pulled: str | None) -> "Iterator[list[Row]]":
        """Every row of the part, newer ones too, and whether it is newer."""
        yield from self.batches(self._marked(table, pulled).where(self._within(table, part)))

    def rows_with(self, table: "SourceTable", keys: "Sequence[Key]", pulled: str | None) -> "Iterator[list[Row]]":
        """The rows with these keys, and whether each is newer."""
        yield from self._with_keys(table, keys, self._marked(table, pulled))

    def _marked(self, table: "SourceTable", pulled: str | None) -> "sa.Select[Any]":
        import sqlalchemy as sa

        from lake.reconciliation.sides import IS_NEWER

        newer = sa.case((self._is_newer(table, pulled), "true"), else_="false")
        return self.select(table).add_columns(newer.label(IS_NEWER))

    def _is_newer(self, table: "SourceTable", pulled: str | None) -> "sa.ColumnElement[bool]":
        import sqlalchemy as sa

        if pulled is None:
            return sa.false()
        mark = self._mark(table)
        return sa.func.coalesce(mark > self.typed(mark, pulled), sa.false())

    def _totals(self, table: "SourceTable") -> "list[sa.ColumnElement[Any]]":
        import sqlalchemy as sa

        columns = self.relation(table).c
        products = [functools.reduce(operator.mul, (columns[name] for name in one)) for one in table.sums]
        return [sa.func.count(), *(self._text(sa.func.sum(product)) for product in products)]

    def _day(self, table: "SourceTable") -> "sa.ColumnElement[Any]":
        import sqlalchemy as sa

        assert table.day is not None, f"{table.name}: declare reconcile.day"
        return sa.cast(self.relation(table).c[table.day], sa.Date)

    def _within(self, table: "SourceTable", part: "Part") -> "sa.ColumnElement[bool]":
        import sqlalchemy as sa

        day, key = self._day(table), self.relation(table).c[table.key[0]]
        # Ranges of a text are those of its bytes, as everywhere else, whatever the database's language.
        as_bytes = self._is_postgres and isinstance(key.type, sa.String)
        ordered = sa.cast(key, sa.Text).collate("C") if as_bytes else key
        bounds = [
            None if at is None else sa.literal(at) if as_bytes else self.typed(key, at)
            for at in (part.after, part.until)
        ]
        conditions = [day.is_(None) if part.day is None else day == self.typed(day, part.day)]
        conditions += [ordered > bounds[0]] if bounds[0] is not None else []
        conditions += [ordered <= bounds[1]] if bounds[1] is not None else []
        return sa.and_(*conditions)

    def select(self, table: "SourceTable", names: "Sequence[str]" = ()) -> "sa.Select[Any]":
        """The table's columns, or the named ones, as text."""
        import sqlalchemy as sa

        relation = self.relation(table)
        wanted = dict.fromkeys(names or relation.c.keys())
        return sa.select(*(self._text(relation.c[name]).label(name) for name in wanted))

    def typed(self, column: "sa.ColumnElement[Any]", text: str) -> "sa.ColumnElement[Any]":
        """A text as a value of the column's type, cast by the database."""
        import sqlalchemy as sa

        return sa.cast(sa.literal(text, sa.Text), column.type)

    def batches(self, query: "sa.Select[Any]") -> "Iterator[list[Row]]":
        """The answer in batches, through a server-side cursor."""
        streamed = self._connection.execution_options(stream_results=True, yield_per=BATCH_ROWS)
        with streamed.execute(query) as answer:
            names = tuple(answer.keys())
            for part in answer.partitions():
                yield [
                    dict(zip(names, (None if value is None else self._as_text(value) for value in row), strict=True))
                    for row in part
                ]

    def execute(self, query: "sa.Executable") -> "list[sa.Row[Any]]":
        """The whole of a small answer."""
        return list(self._connection.execute(query))

    def _mark(self, table: "SourceTable") -> "sa.Column[Any]":
        return self.relation(table).c[table.watermark]

    def _text(self, column: "sa.ColumnElement[Any]") -> "sa.ColumnElement[Any]":
        import sqlalchemy as sa

        return sa.cast(column, sa.Text) if self._is_postgres else column

    @cached_property
    def _as_text(self) -> Callable[[Any], str]:
        return str if self._is_postgres else as_text


def as_text(value: Any) -> str:
    """A value as PostgreSQL writes it: moments in ISO 8601, decimals in all their digits, bytes in hexadecimal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC) if value.tzinfo else value).isoformat(sep=" ")
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
