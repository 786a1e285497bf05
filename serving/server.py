"""The server of `lacquer serve`: the API and the dashboard, or one of them, as one ASGI application."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fastapi import FastAPI

    from resources.settings import Settings


Only = Literal["api", "web", "forecast", "decision"]


def create_server(settings: "Settings", only: Only | None = None) -> "FastAPI":
    """The application of an installation.

    Args:
        settings: of the installation.
        only: the API, the dashboard, or the forecasts or decisions of the API, without the rest.
    """
    from serving.api.app import Pages, create_app

    if only in ("forecast", "decision"):
        return create_app(settings, service=only)
    graphql = None
    if only != "web":
        from serving.graphql.router import graphql_router

        graphql = graphql_router()
    if only == "api":
        return create_app(settings, graphql=graphql)
    from serving.web.app import POLICY, error_page, join_pages

    return create_app(settings, has_api=only != "web", graphql=graphql, pages=Pages(join_pages, error_page, POLICY))
