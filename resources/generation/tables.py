"""The tables of requests and assets: what the transitions of :mod:`lake.journals.generation` leave, as rows."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lake.contract import Column, Contract
from lake.journals.generation import (
    APPROVED,
    COMPLETED,
    DRAFT,
    EVENTS_KEY,
    FAILED,
    GENERATING,
    GENERATION_EVENTS,
    PENDING,
    PLANNING,
    PUBLISHED,
    REJECTED,
    Standing,
    read_standings,
)

if TYPE_CHECKING:
    from lake.lakehouse import Lake

KINDS = ("stem", "text", "picture")
GENERATION_REQUESTS = Contract(
    name="generation_requests",
    layer="gold",
    grain="one row per request for stems, a text or a picture",
    key=("request_id",),
    columns=(
        Column("request_id", "string", "the request"),
        Column("kind", "string", "what is asked for", allowed=KINDS),
        Column("release_id", "string", "the release, also of a track; refers to dim_release", nullable=True),
        Column("track_id", "string", "the track of stems; refers to tracks", nullable=True),
        Column("names", "string", "stems, channel or picture format, separated by commas"),
        Column("language", "string", "language of a text", nullable=True),
        Column("backend", "string", "what makes it: rules, template, model, images, musicgen"),
        Column("parameters", "string", "seed, attempts, bars and others, JSON"),
        Column("plan", "string", "what the backend was given, JSON", nullable=True),
        Column("state", "string", "how far it is", allowed=(PENDING, PLANNING, GENERATING, COMPLETED, FAILED)),
        Column("why", "string", "why it is in this state; of a failure the reason"),
        Column("attempts", "int32", "times that a worker began with it", minimum=0),
        Column("cost", "float64", "money that it cost", unit="currency", minimum=0),
        Column("requested_by", "string", "who asked, in their own words"),
        Column("requested_at", "timestamp", "moment of the request"),
        Column("changed_at", "timestamp", "moment of the state"),
    ),
)
GENERATED_ASSETS = Contract(
    name="generated_assets",
    layer="gold",
    grain="one row per generated stem, text or picture that follows its plan",
    key=("asset_id",),
    columns=(
        Column("asset_id", "string", "the asset"),
        Column("request_id", "string", "the request that it was made for; refers to generation_requests"),
        Column("kind", "string", "stem, text or picture", allowed=KINDS),
        Column("release_id", "string", "the release; refers to dim_release", nullable=True),
        Column("track_id", "string", "the track of a stem; refers to tracks", nullable=True),
        Column("name", "string", "which stem, channel or picture format it is"),
        Column("language", "string", "language of a text", nullable=True),
        Column("state", "string", "a draft until a person decides", allowed=(DRAFT, APPROVED, REJECTED, PUBLISHED)),
        Column("content", "string", "the text itself", nullable=True),
        Column("path", "string", "the file, below the lake", nullable=True),
        Column("sha256", "string", "SHA-256 of the file or text"),
        Column("backend", "string", "what made it"),
        Column("backend_version", "string", "version of what made it"),
        Column("model", "string", "the model, as its server names it", nullable=True),
        Column("prompt", "string", "what the model was asked", nullable=True),
        Column("seed", "int64", "seed of the accepted attempt"),
        Column("inputs", "string", "what it was made from: plan, or facts with their sources, JSON"),
        Column("scores", "string", "what was measured of it, JSON"),
        Column("findings", "string", "what blocks the approval, JSON"),
        Column("finding_count", "int32", "how many findings block the approval", minimum=0),
        Column("pim_id", "int64", "its asset in the PIM, once it is published", nullable=True),
        Column("pim_path", "string", "where it is in the PIM, or in the outbox, once it is published", nullable=True),
        Column("made_at", "timestamp", "moment of the draft"),
        Column("changed_by", "string", "who decided last, or the worker"),
        Column("why", "string", "why"),
        Column("changed_at", "timestamp", "moment of the state"),
    ),
)
REQUESTS_KEY, ASSETS_KEY = (f"{one.layer}/{one.name}" for one in (GENERATION_REQUESTS, GENERATED_ASSETS))
_AS_JSON = ("parameters", "plan", "inputs", "scores", "findings")


def write_tables(lake: "Lake") -> dict[str, int]:
    """Write both tables from the journal; the versions of all three, by key."""
    from lake.delta.storage import only_one

    with only_one(lake.root, "generation-tables"):
        journal = lake.table(GENERATION_EVENTS)
        journal.create()
        version = journal.version()
        standings = read_standings(lake, version)
        made_of = {f"of:{EVENTS_KEY}": version}
        versions = {EVENTS_KEY: version}
        tables = ((GENERATION_REQUESTS, "request", request_row), (GENERATED_ASSETS, "asset", asset_row))
        for contract, subject, row in tables:
            table = lake.table(contract)
            if not table.exists() or table.transactions(*made_of) != made_of:
                table.create()
                rows = [row(one) for one in standings.values() if one.subject == subject]
                table.overwrite(contract.arrow_rows(rows), None, made_of)
            versions[f"{contract.layer}/{contract.name}"] = table.version()
    return versions


def publish_tables(lake: "Lake") -> int:
    """Write the tables and make them visible; the number of the published state."""
    return lake.publish(write_tables(lake), "generation")


def request_row(one: Standing) -> dict[str, Any]:
    """The row of a request."""
    return _columns(GENERATION_REQUESTS, one.details) | {
        "request_id": one.id,
        "state": one.state,
        "why": one.why,
        "attempts": one.attempts,
        "cost": one.cost,
        "requested_by": one.begun_by,
        "requested_at": one.begun_at,
        "changed_at": one.changed_at,
    }


def asset_row(one: Standing) -> dict[str, Any]:
    """The row of an asset."""
    return _columns(GENERATED_ASSETS, {"findings": [], **one.details}) | {
        "asset_id": one.id,
        "state": one.state,
        "finding_count": len(one.details.get("findings", ())),
        "made_at": one.begun_at,
        "changed_by": one.who,
        "why": one.why,
        "changed_at": one.changed_at,
    }


def _columns(contract: Contract, details: dict[str, Any]) -> dict[str, Any]:
    row = {column.name: details.get(column.name) for column in contract.columns}
    if isinstance(names := row.get("names"), list):
        row["names"] = ", ".join(map(str, names))
    return row | {name: _json(row[name]) for name in _AS_JSON if row.get(name) is not None}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def requests_in(standings: Iterable[Standing], *states: str) -> list[Standing]:
    """The requests in these states, the oldest first."""
    return [one for one in standings if one.subject == "request" and one.state in states]
