"""Requests that change something are done once: the answer to an `Idempotency-Key` is kept and given again."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Header
from starlette.responses import JSONResponse

from serving.accounts.replies import Reply, ReplyConflictError, begin, finish
from serving.api.problems import refuse

if TYPE_CHECKING:
    from fastapi import Request
    from pydantic import BaseModel

    from serving.accounts.identity import Identity
    from serving.api.services import Services

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="a value of your own; the same request with the same key is done once within 24 hours",
    ),
]


def once(
    services: "Services",
    who: "Identity",
    request: "Request",
    key: str | None,
    body: "BaseModel",
    act: Callable[[], "BaseModel"],
    status: int,
) -> JSONResponse:
    """Do what `act` does, or give the answer that it gave to the same request before."""
    if key is None:
        return _answer(Reply(status, act().model_dump_json()), replayed=False)
    reply_key = sha256(f"{who.kind}:{who.id}|{key}".encode()).hexdigest()
    request_hash = sha256(f"{request.method} {request.url.path} {body.model_dump_json()}".encode()).hexdigest()
    try:
        kept = begin(services.database, reply_key, request_hash)
    except ReplyConflictError as error:
        raise refuse(error.status, str(error)) from None
    if kept is not None:
        return _answer(kept, replayed=True)
    try:
        reply = Reply(status, act().model_dump_json())
    except BaseException:
        finish(services.database, reply_key, None)
        raise
    finish(services.database, reply_key, reply)
    return _answer(reply, replayed=False)


def _answer(reply: Reply, *, replayed: bool) -> JSONResponse:
    document: Any = json.loads(reply.body)
    return JSONResponse(document, reply.status, {"Idempotency-Replayed": "true"} if replayed else None)
