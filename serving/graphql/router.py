"""The route of GraphQL: who asks is found out as for REST, and each request keeps one reader."""

from typing import Any

from strawberry.fastapi import GraphQLRouter

from serving.api.access import Published
from serving.graphql.loaders import Loaders
from serving.graphql.schema import Context, build_schema


def context(published: Published) -> dict[str, Any]:
    """What the resolvers of a request share."""
    return {"lacquer": Context(published, Loaders(published))}


def graphql_router() -> GraphQLRouter[Any, Any]:
    """The router. Queries go by POST only, so that none stands in a log of addresses; there is no page to type into."""
    return GraphQLRouter(
        build_schema(), context_getter=context, graphql_ide=None, allow_queries_via_get=False, tags=["graphql"]
    )
