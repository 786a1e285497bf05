"""Statements to a Trino server by its HTTP protocol: POST /v1/statement, then follow `nextUri`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


class TrinoError(RuntimeError):
    """Trino refuses a statement or cannot be reached; the message is its own."""


def execute(url: str, sql: str, user: str = "lacquer") -> list[list[Any]]:
    """The rows of a statement, decimals as `Decimal`, dates and moments as text.

    Raises:
        TrinoError: the statement fails or the server does not answer.
    """
    import httpx

    rows: list[list[Any]] = []
    kinds: list[str] = []
    with httpx.Client(timeout=120, headers={"X-Trino-User": user, "X-Trino-Time-Zone": "UTC"}) as client:
        try:
            answer = client.post(f"{url}/v1/statement", content=sql.encode()).raise_for_status().json()
            while True:
                if error := answer.get("error"):
                    raise TrinoError(f"{error['errorName']}: {error['message']}")
                kinds = [one["type"] for one in answer.get("columns") or ()] or kinds
                rows += answer.get("data") or ()
                if "nextUri" not in answer:
                    break
                answer = client.get(answer["nextUri"]).raise_for_status().json()
        except httpx.HTTPError as error:
            raise TrinoError(f"{url}: {error}") from None
    return [[_value(one, kind) for one, kind in zip(row, kinds, strict=True)] for row in rows]


def _value(value: Any, kind: str) -> Any:
    return Decimal(value) if value is not None and kind.startswith("decimal") else value
