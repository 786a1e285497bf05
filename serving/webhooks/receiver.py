"""Taking webhooks: a message is verified, put on record with all that came at the same moment, and answered."""

import asyncio
import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from lake.journals.webhooks import RECEIVED, Webhook, known_ids, note
from resources.pim.signatures import WINDOW_S, SignatureError, verified_id

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse

    from lake.lakehouse import Lake

PATH = "/webhooks/pim"
MOST_BYTES = 64 * 1024
EVENTS = ("create", "update", "delete")


class Receiver:
    """The state of the endpoint: which messages are known, and those that wait to be put on record."""

    def __init__(
        self, lake: "Lake", key: bytes, classes: Collection[str], taken: Callable[[list[Webhook]], None]
    ) -> None:
        self._lake, self._key, self._classes, self._taken = lake, key, frozenset(classes), taken
        # A replay is of now, so that nothing older than the window, on either side, need be known.
        since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=4 * WINDOW_S)
        self._known = known_ids(lake, since)
        self._waiting: asyncio.Queue[tuple[Webhook, asyncio.Future[None]]] = asyncio.Queue()
        # The same message may come again while the first waits: neither is answered before it is on record.
        self._under_way: dict[str, asyncio.Future[None]] = {}

    def app(self) -> "Starlette":
        """The endpoint as an ASGI application."""
        from starlette.applications import Starlette
        from starlette.responses import JSONResponse
        from starlette.routing import Route

        async def health(_: "Request") -> "JSONResponse":
            return JSONResponse({"status": "ok"})

        @asynccontextmanager
        async def recording(_: "Starlette") -> AsyncIterator[None]:
            task = asyncio.create_task(self._record())
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        routes = [Route(PATH, self._take, methods=["POST"]), Route("/health", health)]
        return Starlette(routes=routes, lifespan=recording)

    async def _take(self, request: "Request") -> "JSONResponse":
        from starlette.responses import JSONResponse

        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return JSONResponse({"error": f"more than {MOST_BYTES} bytes"}, 413)
        try:
            webhook_id = verified_id(self._key, request.headers, bytes(body), time.time())
        except SignatureError as error:
            return JSONResponse({"error": str(error)}, 401)
        try:
            hook = _read(webhook_id, bytes(body))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        if hook.classname not in self._classes:
            return JSONResponse({"status": "no table follows this class"})
        if webhook_id in self._known:
            return JSONResponse({"status": "known"})
        recorded = self._under_way.get(webhook_id)
        again = recorded is not None
        if recorded is None:
            recorded = self._under_way[webhook_id] = asyncio.get_running_loop().create_future()
            await self._waiting.put((hook, recorded))
        try:
            await asyncio.shield(recorded)
        except Exception:  # whatever it was: not on record means not taken, and the sender sends it again
            return JSONResponse({"error": "it could not be put on record; send it again"}, 503)
        if again:
            return JSONResponse({"status": "known"})
        return JSONResponse({"status": "taken"}, 202)

    async def _record(self) -> None:
        """Put on record what waits, everything that has come meanwhile in one commit."""
        while True:
            batch = [await self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            hooks = [hook for hook, _ in batch]
            try:
                await asyncio.to_thread(note, self._lake, hooks, RECEIVED)
            except Exception as error:  # told to each sender, who then sends again
                for hook, recorded in batch:
                    del self._under_way[hook.webhook_id]
                    recorded.set_exception(error)
                continue
            for hook, recorded in batch:
                self._known.add(hook.webhook_id)
                del self._under_way[hook.webhook_id]
                recorded.set_result(None)
            self._taken(hooks)


def _read(webhook_id: str, body: bytes) -> Webhook:
    """What a message says.

    Raises:
        ValueError: it does not say which object, or what happened to it.
    """
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):  # the latter of thousands of brackets
        raise ValueError("the body is no JSON") from None
    if not isinstance(said, dict):
        raise ValueError("the body is no JSON object")
    object_id, classname, event = str(said.get("id", "")), said.get("classname"), said.get("event", "update")
    if not (object_id.isascii() and object_id.isdigit() and len(object_id) <= 18):
        raise ValueError("id must be the number of an object")
    if not isinstance(classname, str) or not classname.isidentifier():
        raise ValueError("classname must be the name of a class")
    if event not in EVENTS:
        raise ValueError(f"event must be one of {', '.join(EVENTS)}")
    return Webhook(webhook_id, classname, int(object_id), event)
