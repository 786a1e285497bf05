"""The answer to a question about metrics as a file, with the numbers of the screen."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from serving.exports.cells import harmless
from serving.exports.tables import Form, write_sheet


def answer_file(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], form: Form) -> bytes:
    """The rows as CSV (UTF-8 with a mark, for Excel), as a workbook, or as Parquet."""
    if form == "parquet":
        return _parquet(columns, rows)
    if form == "xlsx":
        return write_sheet("report", columns, [[row[name] for name in columns] for row in rows])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless(row[name]) for name in columns] for row in rows)
    return ("\ufeff" + text.getvalue()).encode()


def _parquet(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    table = pa.table({name: pa.array([row[name] for row in rows]) for name in columns})
    # Parquet has no column without a type: one whose values are all null is text.
    types = [pa.string() if pa.types.is_null(one.type) else one.type for one in table.schema]
    pq.write_table(table.cast(pa.schema(list(zip(table.column_names, types, strict=True)))), file)
    return file.getvalue()
