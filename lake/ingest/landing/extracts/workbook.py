"""A sheet of a workbook as texts, read in a process of its own.

The reader holds the rectangle that a sheet's values span, filled or not, and ends its process where that cannot be had:
one stray value in the last row and column asks for hundreds of gigabytes. A child reads, with a bound on its memory;
what ends it makes a file that cannot be read, and nothing else.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

MOST_BYTES = 6 * 1024**3
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_CHECKOUT = Path(__file__).resolve().parents[4]


def read_sheet(path: Path, sheet: str | None) -> pa.Table:
    """Every row of the sheet from the first that holds something on, the header too; each cell as text.

    Args:
        path: of the workbook.
        sheet: its name; the first one that is no chart when None.

    Raises:
        ValueError: it is no workbook, lacks the sheet, has a chart there, or spans more than :data:`MOST_BYTES` hold.
    """
    import pyarrow as pa

    asked = [
        sys.executable,
        "-m",
        "lake.ingest.landing.extracts.workbook",
        str(path.resolve()),
        *([sheet] if sheet else []),
    ]
    with tempfile.TemporaryFile() as answer:
        child = subprocess.run(
            asked, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.PIPE, cwd=_CHECKOUT, check=False
        )
        if child.returncode:
            last = child.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise ValueError(f"{path}: the reader ended with {child.returncode}: {''.join(last)}")
        answer.seek(0)
        return pa.ipc.open_stream(answer).read_all()


def _write_sheet(path: str, sheet: str | None) -> None:
    """Write the sheet to the standard output, as a stream of Arrow."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import fastexcel
    import pyarrow as pa

    book = fastexcel.read_excel(path)
    read = book.load_sheet(_with_cells(path, book.sheet_names, sheet), header_row=None, skip_rows=0, dtypes="string")
    table = pa.table(read.to_arrow())
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)


def _with_cells(path: str, names: list[str], sheet: str | None) -> str:
    """The sheet asked for, or the first that has cells: of a chart the reader makes a sheet without rows."""
    charts = _charts(path)
    there = [name for name in names if name not in charts and sheet in (None, name)]
    if not there:
        raise SystemExit("every sheet is a chart" if sheet is None else f"no sheet of cells is called {sheet}")
    return there[0]


def _charts(path: str) -> set[str]:
    """The names of the sheets that are charts; a workbook of before 2007 is not looked into."""
    from xml.etree import ElementTree

    if not zipfile.is_zipfile(path):
        return set()
    with zipfile.ZipFile(path) as book:
        if not {WORKBOOK, RELATIONS} <= set(book.namelist()):
            return set()
        relations, workbook = (ElementTree.fromstring(book.read(one)) for one in (RELATIONS, WORKBOOK))
    charts = {one.get("Id") for one in relations if one.get("Type", "").endswith("/chartsheet")}
    # Strict and transitional workbooks have their relations' ids under different namespaces.
    by_id = {
        value: one.get("name", "")
        for one in workbook.findall(".//{*}sheet")
        for key, value in one.items()
        if key.endswith("}id")
    }
    return {name for place, name in by_id.items() if place in charts}


if __name__ == "__main__":
    _write_sheet(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
