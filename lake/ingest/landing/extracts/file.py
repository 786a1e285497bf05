"""An extract as a landed file: its rows become envelopes of the operation ``r``, and so lines like any others.

The envelope's ``source.position`` is what orders the row among other statements about its key, in microseconds since
1970 (or the watermark's own numbers, where it counts). Of a delta it is the row's watermark, or else the moment in the
file's name. Of a snapshot it is always the moment in the name: a snapshot says what was true then, for the rows it has
and for those it has not, and a row that comes back with an old watermark must outrank its own deletion.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lake.delta.views import duckdb_connection, literal, quoted
from lake.ingest.landing.extracts.cells import Cells, read_cells
from lake.ingest.landing.extracts.options import Options, read_options, stated_moment
from lake.ingest.landing.file import LandedFile
from lake.types import ISO_DAY, exact_value

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "extracts"
CONNECTOR = "extract"
_DECIMAL_COMMA = r"[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]+)?"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def is_extract(name: Path) -> bool:
    """Whether a file, named from the landing folder on, is an extract: ``erp/extracts/<table>/…``."""
    return len(name.parts) > 3 and name.parts[:2] == ("erp", FOLDER)


def microseconds(moment: dt.datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class ExtractFile(LandedFile):
    """An extract in the landing folder."""

    @property
    def table_name(self) -> str:
        """The ERP table, which is the folder's name."""
        return Path(self.name).parts[2]

    @cached_property
    def options(self) -> Options:
        """What the folder's ``extract.yml`` declares."""
        depth = len(Path(self.name).parts) - 3
        return read_options(self.path.parents[depth - 1])

    @property
    def moment(self) -> dt.datetime | None:
        """The moment that its name states."""
        return stated_moment(self.path.name)

    def sha256(self) -> str:
        """Its identity: content, table and how it is read; with other options it is another statement."""
        turned = "" if self.options.returns == "negative" else f"returns {self.options.returns}\n"
        said = f"{self.table_name}\n{self.options!r}\n{self.moment}\n{turned}"
        with self.path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        return hashlib.sha256(f"{said}{content}".encode()).hexdigest()

    def blocks(self) -> Iterator[ExtractRows]:
        """The rows in batches; an extract without rows is one empty batch."""
        empty = True
        for cells in read_cells(self.path, self.options):
            empty = False
            yield ExtractRows(self, cells)
        if empty:
            yield ExtractRows(self, None)


@dataclass(frozen=True)
class ExtractRows:
    """Some rows of an extract, in the shape of a block of lines."""

    file: ExtractFile
    cells: Cells | None

    def count(self) -> int:
        """How many rows there are."""
        return self.cells.rows.num_rows if self.cells else 0

    @property
    def blank(self) -> int:
        """How many rows had nothing in any column; they are no records."""
        return self.cells.blank if self.cells else 0

    def table(self, batch_id: str, name: str) -> pa.Table:
        """The rows as numbered lines: ``line`` is the envelope, null where bytes are no text; ``raw`` what came."""
        import pyarrow as pa

        if self.cells is None:
            fields = {"batch_id": pa.string(), "batch_line": pa.int64(), "landed_path": pa.string()}
            return pa.schema({**fields, "raw": pa.binary(), "line": pa.string()}.items()).empty_table()
        con = duckdb_connection()
        con.register("cells", self.cells.rows)
        return con.sql(_envelope_sql(self.file, self.cells, batch_id, name)).to_arrow_table()


def _envelope_sql(file: ExtractFile, cells: Cells, batch_id: str, landed_path: str) -> str:
    options = file.options
    lake_names = [options.columns.get(name, name) for name in cells.names]
    texts = {
        lake_name: _text(str(at), lake_name, options, typed=at in cells.typed)
        for at, lake_name in enumerate(lake_names)
    }
    broken = "null"
    if options.returns == "positive" and {"qty", "order_type"} <= texts.keys():
        texts["qty"], broken = _turned(texts)
    row = ", ".join(f"{literal(name)}: {text}" for name, text in texts.items())
    position, ts_ms = _moments(file, texts)
    # A row whose sign contradicts what is declared is kept as it is read, beside its fault.
    after = f"case when fault is null or fault = 'sign' then {{{row}}} end" if row else "null"
    mark = literal(options.watermark) if options.watermark else "null::varchar"
    # The source that a broken row is about is still its table.
    source = f"'connector': {literal(CONNECTOR)}, 'table': {literal(file.table_name)}"
    return f"""
with placed as (
  select *, {position} as position, {ts_ms} as ts_ms from cells
), judged as (
  select * replace (coalesce(fault, case when position is null then 'moment' end, {broken}) as fault) from placed
), enveloped as (
  select batch_line, raw, fault, cast(to_json({{'op': 'r', 'before': null, 'after': {after},
    'source': {{{source}, 'position': position, 'ts_ms': ts_ms, 'watermark': {mark}, 'fault': fault}}}}) as varchar
  ) as envelope
  from judged
)
select {literal(batch_id)} as batch_id, batch_line, {literal(landed_path)} as landed_path,
  coalesce(raw, encode(envelope)) as raw, case when fault is distinct from 'utf8' then envelope end as line
from enveloped"""


def _turned(texts: dict[str, str]) -> tuple[str, str]:
    """The quantity of a row with the sign that the lake has, and the fault where it has that sign already."""
    quantity = f"try_cast({texts['qty']} as decimal(38, 9))"
    goods = f"coalesce({texts['item_category']}, 'product') = 'product'" if "item_category" in texts else "true"
    is_return = f"{texts['order_type']} = 'cancellation' and {goods}"
    turned = (
        f"case when {is_return} and {quantity} > 0 then '-' || ltrim(trim({texts['qty']}), '+') else {texts['qty']} end"
    )
    return turned, f"case when {is_return} and {quantity} < 0 then 'sign' end"


def _text(cell: str, name: str, options: Options, *, typed: bool) -> str:
    if typed:  # 11.125 is a number, not 11,125
        return quoted(cell)
    text = f"nullif({quoted(cell)}, '')"
    for null in options.nulls:
        text = f"nullif({text}, {literal(null)})"
    if name in options.decimal_comma:
        plain = f"replace(replace({text}, '.', ''), ',', '.')"
        text = f"case when regexp_full_match({text}, '{_DECIMAL_COMMA}') then {plain} else {text} end"
    return text


def _moments(file: ExtractFile, texts: dict[str, str]) -> tuple[str, str]:
    """Position and moment of change of a row, as SQL; null where the row or the name states none."""
    moment = file.moment
    named = str(microseconds(moment)) if moment else "null::bigint"
    named_ms = str(microseconds(moment) // 1000) if moment else "null::bigint"
    mark = texts.get(file.options.watermark or "")
    if mark is None:
        return named, named_ms
    stated = f"try_cast({mark} as timestamptz)"
    stated = f"case when regexp_matches({mark}, '{ISO_DAY}') and isfinite({stated}) then {stated} end"
    counted = exact_value("int64", mark)  # of a counter with a fraction, rounding would make ties
    changed = f"epoch_ms({stated})"
    if file.options.is_snapshot:
        return named, f"coalesce({changed}, {named_ms})"
    return f"coalesce({counted}, epoch_us({stated}))", f"coalesce({changed}, {named_ms})"
