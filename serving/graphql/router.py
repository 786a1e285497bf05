"""The route of GraphQL: who asks is found out as for REST, and each request keeps one reader."""

import json
from typing import Any

from strawberry.fastapi import GraphQLRouter

from serving.api.access import Published
from serving.api.problems import refuse
from serving.graphql.loaders import Loaders
from serving.graphql.schema import Context, build_schema


def context(published: Published) -> dict[str, Any]:
    """What the resolvers of a request share."""
    return {"lacquer": Context(published, Loaders(published))}


class Router(GraphQLRouter[Any, Any]):
    """The router; a body that is nested without end is the sender's fault and not the server's."""

    def decode_json(self, data: str | bytes) -> object:
        """The body as JSON."""
        try:
            return json.loads(data)
        except RecursionError:
            raise refuse(400, "the body is nested too deeply") from None


def graphql_router() -> GraphQLRouter[Any, Any]:
    """The router. Queries go by POST only, so that none stands in a log of addresses; there is no page to type into."""
    return Router(
        build_schema(), context_getter=context, graphql_ide=None, allow_queries_via_get=False, tags=["graphql"]
    )
