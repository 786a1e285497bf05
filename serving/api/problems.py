"""Errors as problem documents (RFC 9457): what is wrong, with which rule, and nothing of the server's inside."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.exceptions import RequestValidationError
    from starlette.requests import Request

    ErrorPage = Callable[["Request", HTTPException], Response]

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request is malformed",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Precondition failed",
    413: "The request is too large",
    415: "Unsupported media type",
    422: "The request is not valid",
    429: "Too many requests",
    500: "Internal error",
    503: "Not ready",
}
log = logging.getLogger(__name__)


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, errors: list[dict[str, Any]] | None = None
) -> ProblemResponse:
    """The problem document for a status, with what to do about it."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = errors
    return ProblemResponse(document, status, headers)


def refuse(status: int, detail: str, headers: dict[str, str] | None = None) -> HTTPException:
    """The exception that ends a request with a problem document."""
    return HTTPException(status, detail, headers)


def install(app: "FastAPI", error_page: "ErrorPage | None" = None) -> None:
    """Make every error of the API a problem document, and of the dashboard a page where it is given.

    Args:
        app: the application.
        error_page: renders an error of any path outside `/v1`.
    """
    from fastapi.exceptions import RequestValidationError

    async def on_http(request: "Request", error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error_page is not None and not request.url.path.startswith("/v1"):
            return error_page(request, error)
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, str(error.detail), headers)

    async def on_invalid(request: "Request", error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        if error_page is not None and not request.url.path.startswith("/v1"):
            first = error.errors()[0] if error.errors() else {"loc": ("form",), "msg": "not valid"}
            return error_page(request, HTTPException(422, f"{first['loc'][-1]}: {first['msg']}"))
        return _invalid(error)

    async def on_fault(request: "Request", error: Exception) -> Response:
        log.error("request %s failed", request.state.request_id, exc_info=error)
        if error_page is not None and not request.url.path.startswith("/v1"):
            return error_page(request, HTTPException(500, "the server could not answer; its log says why"))
        return problem(500, "the server could not answer; its log says why")

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_fault)


def _invalid(error: "RequestValidationError") -> ProblemResponse:
    # The values themselves are not repeated: they can be personal data.
    errors = [{"place": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()[:20]]
    first = errors[0] if errors else {"place": "body", "message": "not valid"}
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return problem(400, "the body is not JSON", errors=errors)
    return problem(422, f"{first['place']}: {first['message']}", errors=errors)
