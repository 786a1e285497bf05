"""The route of GraphQL: who asks is found out as for REST, and each request keeps one reader."""

import json
from collections.abc import AsyncIterator
from typing import Any

from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL

from serving.accounts.owners import current_identity
from serving.api.access import Caller, Published, Services_
from serving.api.problems import refuse
from serving.graphql.context import Context
from serving.graphql.loaders import Loaders
from serving.graphql.schema import build_schema
from serving.jobs.events import Event, follow
from serving.jobs.work import job
from serving.queries.reader import Reader


def context(services: Services_, published: Published, who: Caller) -> dict[str, Any]:
    """What the resolvers of a request share."""

    def newest() -> Reader | None:
        with services.database.read() as con:
            now = current_identity(con, who.kind, who.id)
        return services.publications.reader(now.scope) if now is not None and now.may("read") else None

    def follow_job(job_id: str) -> AsyncIterator[Event]:
        if not who.may("runs"):
            raise PermissionError(f"this needs the permission 'runs', which {who.name} does not have here")
        if job(services.database, job_id) is None:
            raise LookupError(f"no job {job_id!r}")
        return follow(services.database, services.lake, job_id)

    return {"lacquer": Context(published, Loaders(published), newest, follow_job)}


PARTS = {"query": str, "variables": dict, "operationName": str, "extensions": dict}


class Router(GraphQLRouter[Any, Any]):
    """The router; a body that is no request of GraphQL is the sender's fault and not the server's."""

    def decode_json(self, data: str | bytes) -> object:
        """The body as JSON, which is an object with the parts of a request."""
        try:
            body = json.loads(data)
        except RecursionError:
            raise refuse(400, "the body is nested too deeply") from None
        if not isinstance(body, dict):
            raise refuse(400, "the body must be an object with query and variables")
        for name, kind in PARTS.items():
            if body.get(name) is not None and not isinstance(body[name], kind):
                raise refuse(400, f"{name} must be {'text' if kind is str else 'an object'}")
        return body


def graphql_router() -> GraphQLRouter[Any, Any]:
    """The router. Queries go by POST only, so that none stands in a log of addresses; there is no page to type into.

    Subscriptions are answered to a POST that accepts `text/event-stream`; there are no web sockets.
    """
    return Router(
        build_schema(),
        context_getter=context,
        graphql_ide=None,
        allow_queries_via_get=False,
        subscription_protocols=(GRAPHQL_SSE_PROTOCOL,),
        tags=["graphql"],
    )
