"""The page of files to take away."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import HTMLResponse, Response

from serving.accounts.audit import record
from serving.api.problems import refuse
from serving.api.routes.exports import table_file
from serving.exports.tables import Form, exportable
from serving.web.pages import Looking, view

router = APIRouter(prefix="/exports")


@router.get("")
def exports(looking: Looking) -> HTMLResponse:
    """Every table that the viewer sees, in three formats."""
    looking.needs("export")
    return view("exports.html", looking, "exports", tables=exportable(looking.reader))


@router.get("/{table}")
def export(
    looking: Looking, table: Annotated[str, Path(max_length=100)], form: Annotated[Form, Query(alias="format")] = "csv"
) -> Response:
    """A table as a file."""
    looking.needs("export")
    if table not in exportable(looking.reader):
        raise refuse(404, f"no table {table!r}")
    with looking.services.database.write() as con:
        record(con, looking.who.name, "exported", table, form)
    return table_file(looking.reader, table, form)
