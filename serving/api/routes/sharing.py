"""Delta Sharing: Power BI, Spark, pandas and others read published tables by an open protocol.

The protocol is that of delta.io/sharing. The one share is `lacquer`, its schemas are the layers. A caller sees the rows
of their labels only, of the newest published state.
"""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.api.access import Published, allowed, services_of
from serving.api.problems import refuse
from serving.api.sharing_files import link_of, opened, schema_string, shared_tables
from serving.queries.reader import Reader

router = APIRouter(prefix="/sharing", tags=["sharing"])
SHARE = "lacquer"
MayExport = Annotated[Identity, Depends(allowed("export"))]
Name = Annotated[str, Path(max_length=100)]
PageSize = Annotated[int, Query(alias="maxResults", ge=0, le=10_000)]
PageToken = Annotated[str, Query(alias="pageToken", max_length=20, pattern="^[0-9]*$")]
TABLE = "/shares/{share}/schemas/{schema}/tables/{table}"


class Asked(BaseModel):
    """What a client asks of a table. Hints are hints: the answer may hold more rows, which the client filters."""

    model_config = ConfigDict(extra="ignore")

    version: int | None = Field(None, ge=0)
    timestamp: str | None = Field(None, max_length=40)


def _page(items: list[dict[str, str]], most: int, token: str) -> dict[str, Any]:
    begin = int(token or 0)
    end = begin + (most or len(items))
    return {"items": items[begin:end]} | ({"nextPageToken": str(end)} if end < len(items) else {})


def _tables(reader: Reader, share: str, schema: str | None = None) -> list[dict[str, str]]:
    if share != SHARE:
        raise refuse(404, f"no share {share!r}; there is {SHARE}")
    found = [one for one in shared_tables(reader) if schema in (None, one[0])]
    if schema is not None and not found:
        raise refuse(404, f"no schema {schema!r} in {SHARE}")
    return [{"name": name, "schema": layer, "share": SHARE} for layer, name in found]


@router.get("/shares")
def shares(published: Published, who: MayExport, most: PageSize = 0, token: PageToken = "") -> dict[str, Any]:
    """The shares: one."""
    return _page([{"name": SHARE}], most, token)


@router.get("/shares/{share}")
def share_of_name(share: Name, published: Published, who: MayExport) -> dict[str, Any]:
    """One share."""
    _tables(published, share)
    return {"share": {"name": SHARE}}


@router.get("/shares/{share}/schemas")
def schemas(
    share: Name, published: Published, who: MayExport, most: PageSize = 0, token: PageToken = ""
) -> dict[str, Any]:
    """The layers that have tables."""
    found = sorted({one["schema"] for one in _tables(published, share)})
    return _page([{"name": one, "share": SHARE} for one in found], most, token)


@router.get("/shares/{share}/schemas/{schema}/tables")
def tables(
    share: Name, schema: Name, published: Published, who: MayExport, most: PageSize = 0, token: PageToken = ""
) -> dict[str, Any]:
    """The tables of a layer."""
    return _page(_tables(published, share, schema), most, token)


@router.get("/shares/{share}/all-tables")
def all_tables(
    share: Name, published: Published, who: MayExport, most: PageSize = 0, token: PageToken = ""
) -> dict[str, Any]:
    """The tables of all layers."""
    return _page(_tables(published, share), most, token)


def _version(reader: Reader, share: str, schema: str, table: str) -> int:
    if table not in [one["name"] for one in _tables(reader, share, schema)]:
        raise refuse(404, f"no table {schema}.{table} in {SHARE}")
    return reader.state.versions[f"{schema}/{table}"]


def _lines(actions: list[dict[str, Any]], version: int) -> Response:
    text = "".join(json.dumps(one) + "\n" for one in actions)
    headers = {"Delta-Table-Version": str(version), "Cache-Control": "no-store"}
    return Response(text, media_type="application/x-ndjson; charset=utf-8", headers=headers)


def _head(reader: Reader, schema: str, table: str) -> list[dict[str, Any]]:
    described = {
        "id": f"{SHARE}.{schema}.{table}",
        "format": {"provider": "parquet"},
        "schemaString": schema_string(reader, schema, table),
        "partitionColumns": [],
    }
    return [{"protocol": {"minReaderVersion": 1}}, {"metaData": described}]


@router.get(TABLE + "/version", response_class=Response)
def version_of(share: Name, schema: Name, table: Name, published: Published, who: MayExport) -> Response:
    """The published version of a table, as a header."""
    return _lines([], _version(published, share, schema, table))


@router.get(TABLE + "/metadata", response_class=Response)
def metadata(share: Name, schema: Name, table: Name, published: Published, who: MayExport) -> Response:
    """Schema of a table, as lines of JSON."""
    version = _version(published, share, schema, table)
    return _lines(_head(published, schema, table), version)


@router.post(TABLE + "/query", response_class=Response)
def query(
    request: Request, share: Name, schema: Name, table: Name, published: Published, who: MayExport, body: Asked
) -> Response:
    """Schema of a table and a link to its rows, which ends after an hour."""
    version, services = _version(published, share, schema, table), services_of(request)
    if body.timestamp is not None or body.version not in (None, version):
        raise refuse(400, f"only the published version is shared, which is {version} of {schema}.{table}")
    path = services.shared_files.written(published, schema, table)
    link, ends = link_of(services.hasher, published, schema, table)
    with services.database.write() as con:
        record(con, who.name, "shared", f"{schema}.{table}", f"version {version}")
    file = {
        "url": f"{services.settings.public_url}/v1/sharing/files/{link}",
        "id": path.stem,
        "partitionValues": {},
        "size": path.stat().st_size,
        "expirationTimestamp": ends,
    }
    return _lines([*_head(published, schema, table), {"file": file}], version)


@router.get("/files/{link}", response_class=Response)
def file_of_link(request: Request, link: Annotated[str, Path(max_length=4000)]) -> Response:
    """The rows behind a signed link, as Parquet, also in parts (Range). Needs no key."""
    services = services_of(request)
    found = opened(services.hasher, services.publications, link)
    if found is None:
        raise refuse(404, "no such file, or its link has ended, or a newer state is published: query the table again")
    return FileResponse(services.shared_files.written(*found), media_type="application/vnd.apache.parquet")
