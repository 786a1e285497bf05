"""Files to take away: any published table."""

import tempfile
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.problems import refuse
from serving.exports.tables import (
    MEDIA_TYPES,
    Form,
    TooLargeError,
    csv_lines,
    exportable,
    write_parquet,
    write_xlsx,
)
from serving.queries.reader import Reader

router = APIRouter(tags=["exports"])
MayExport = Annotated[Identity, Depends(allowed("export"))]


class ExportableTable(BaseModel):
    """A table that can be downloaded."""

    table: str
    columns: dict[str, str]


@router.get("/exports")
def list_exports(published: Published, who: MayExport) -> list[ExportableTable]:
    """The tables that you can download, with their columns."""
    return [ExportableTable(table=name, columns=columns) for name, columns in exportable(published).items()]


@router.get("/exports/{table}", response_class=Response)
def export(
    request: Request,
    table: Annotated[str, Path(max_length=100, examples=["forecasts"])],
    published: Published,
    who: MayExport,
    form: Annotated[Form, Query(alias="format")] = "csv",
) -> Response:
    """A published table as CSV, Excel or Parquet: the rows that you see, and no others."""
    if table not in exportable(published):
        raise refuse(404, f"no table {table!r}; GET /v1/exports lists those that you can see")
    services = services_of(request)
    with services.database.write() as con:
        record(con, who.name, "exported", table, form)
    return table_file(published, table, form)


def table_file(reader: Reader, table: str, form: Form) -> Response:
    """The answer that carries a table as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{table}.{form}"', "Cache-Control": "no-store"}
    if form == "csv":
        return StreamingResponse(csv_lines(reader, table), media_type=MEDIA_TYPES[form], headers=headers)
    folder = tempfile.TemporaryDirectory(prefix="lacquer-export-")
    path = FilePath(folder.name) / f"table.{form}"
    try:
        (write_xlsx if form == "xlsx" else write_parquet)(reader, table, path)
    except TooLargeError as error:
        folder.cleanup()
        raise refuse(422, str(error)) from None
    except BaseException:
        folder.cleanup()
        raise
    done = BackgroundTask(folder.cleanup)
    return FileResponse(path, media_type=MEDIA_TYPES[form], headers=headers, background=done)
