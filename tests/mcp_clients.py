"""Clients of the official MCP SDK for a server of ours, over standard input and over HTTP."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lake.lakehouse import Lake

TOP = Path(__file__).resolve().parents[1]


def command(lake: "Lake", *arguments: str) -> list[str]:
    return [sys.executable, "-m", "serving.cli", "mcp", "--lake", str(lake.root), *arguments]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LACQUER_")}
    return {**kept, "PYTHONPATH": str(TOP), **more}


@asynccontextmanager
async def by_http(address: str, key: str | None) -> "AsyncIterator[Any]":
    import httpx2
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as web,
        Client(streamable_http_client(address, http_client=web)) as client,
    ):
        yield client


@asynccontextmanager
async def by_stdio(lake: "Lake", key: str | None) -> "AsyncIterator[Any]":
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    first, *rest = command(lake)
    more = {"LACQUER_API_KEY": key} if key else {}
    parameters = StdioServerParameters(command=first, args=rest, env=environment(**more), cwd=str(TOP))
    async with Client(stdio_client(parameters)) as client:
        yield client


async def call(client: Any, tool: str, **arguments: Any) -> Any:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    return answer.structured_content


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(work(), 120)

    asyncio.run(within())
