"""One client for all documented interfaces: a request in, an answer of a declared shape out.

It logs in, and once more where the server says 401; turns pages, whichever way an interface counts them; and keeps
quotas: it pauses when a header says that none is left, spends the units of a day, and asks no more once a server said
that they are used up. Retries, `Retry-After`, pace and limits of size are those of :mod:`resources.web`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from lake.journals.standings import Standing
from resources.outside.apis.login import Login, Session
from resources.outside.apis.shapes import Shape, parsed
from resources.outside.source import FormatError, Source, Visit, document
from resources.web.errors import RefusedError
from resources.web.exchange import origin_of
from resources.web.retry_after import renewal_s

UNITS = "units of the day"
USED_UP = ("quotaExceeded", "dailyLimitExceeded", "QuotaExceeded")
MOST_PAGES = 50
Next = Mapping[str, Any] | str | None
S = TypeVar("S", bound=Shape)


class QuotaError(FormatError):
    """The day's quota is used up; what is left waits for the next day."""


@dataclass(frozen=True)
class Quota:
    """What an interface says of its limits.

    Attributes:
        remaining: header with the number of requests that are left.
        reset: header that says when there are more: seconds, or an epoch.
        per_second: header with the requests that are allowed a second.
        units_a_day: what may be spent until midnight in ``zone``.
        zone: whose midnight renews the units.
    """

    remaining: str | None = None
    reset: str | None = None
    per_second: str | None = None
    units_a_day: int | None = None
    zone: str = "UTC"


class ApiSource(Source):
    """A source that asks a documented interface; see :meth:`api`."""

    quota: ClassVar[Quota] = Quota()

    def login(self) -> Login | None:
        """How the source gets a token; None where a key is enough."""
        return None

    def headers(self) -> Mapping[str, str]:
        """Headers of each request, none of them secret."""
        return {}

    def limits(self) -> Quota:
        """The quota, where options have a say in it."""
        return self.quota

    def api(self, visit: Visit) -> Api:
        """The client of this fetch, one for all items."""
        if "api" not in visit.memory:
            login = self.login()
            session = Session(login, visit.web, visit.web.hosts.clock) if login else None
            visit.memory["api"] = Api(self.name, visit, session, self.headers(), self.limits())
        api: Api = visit.memory["api"]
        return api


@dataclass
class Api:
    """What a source asks through. ``name`` is the source's."""

    name: str
    visit: Visit
    session: Session | None
    headers: Mapping[str, str]
    quota: Quota
    _is_used_up: bool = False
    _spent: int = field(init=False)

    def __post_init__(self) -> None:
        before = self.visit.standing(UNITS)
        self._spent = int(before.fingerprint or 0) if before.through == self._day() else 0

    def get(self, url: str, shape: type[S], params: Mapping[str, Any] | None = None, *, units: int = 1) -> S:
        """The answer to a GET, in its shape; parameters that are None are left out."""
        asked = {name: one for name, one in (params or {}).items() if one is not None}
        return self._asked("GET", url, shape, units, params=asked)

    def post(self, url: str, shape: type[S], body: Any, *, units: int = 1) -> S:
        """The answer to a POST that only asks, in its shape."""
        return self._asked("POST", url, shape, units, json=body, repeatable=True)

    def pages(
        self, url: str, shape: type[S], after: Callable[[S], Next], params: Mapping[str, Any], *, units: int = 1
    ) -> Iterator[S]:
        """Page after page; ``after`` says how the next is asked for: its parameters, its address, or None.

        Raises:
            FormatError: a page leads to itself, to another server, or there are more than :data:`MOST_PAGES`.
        """
        seen: set[str] = set()
        address, asked = url, dict(params)
        for _ in range(MOST_PAGES):
            page = self.get(address, shape, asked, units=units)
            yield page
            further = after(page)
            if not further:
                return
            if repr(further) in seen:
                raise FormatError(f"{url}: a page leads to a page that has been read; nothing of it is taken")
            seen.add(repr(further))
            if isinstance(further, str):
                address, asked = self._same_server(url, further), {}
            else:
                asked = {**params, **further}
        raise FormatError(f"{url}: more than {MOST_PAGES} pages; narrow the query")

    def standings(self) -> dict[str, Standing]:
        """What was spent of the day's units, to be kept with each item."""
        if self.quota.units_a_day is None:
            return {}
        return {UNITS: Standing(through=self._day(), fingerprint=str(self._spent))}

    def _asked(self, method: str, url: str, shape: type[S], units: int, **request: Any) -> S:
        self._spend(units)
        web, session = self.visit.web, self.session
        try:
            headers = {**self.headers, **(session.headers() if session else {})}
            response = web.request(method, url, headers=headers, accept={401} if session else (), **request)
            if response.status_code == 401 and session:
                session.forget()
                response = web.request(method, url, headers={**self.headers, **session.headers()}, **request)
        except RefusedError as refusal:
            if refusal.response is not None and any(word in refusal.response.text for word in USED_UP):
                self._is_used_up = True
                raise QuotaError(f"the server says that its quota is used up: {refusal}") from None
            raise
        self._keep_pace(response)
        return parsed(shape, document(response), f"{self.name} ({method} {response.url.copy_with(query=None)})")

    def _keep_pace(self, response: Any) -> None:
        """Wait for what the headers say; a long wait leaves the host alone, so that others need not wait."""
        hosts, quota, origin = self.visit.web.hosts, self.quota, origin_of(response.url)
        if quota.per_second and (rate := _number(response.headers.get(quota.per_second))):
            hosts.pause(origin, 1 / rate)
        left = _number(response.headers.get(quota.remaining)) if quota.remaining else None
        if left is not None and left < 1 and quota.reset:
            wait = renewal_s(response.headers.get(quota.reset), dt.datetime.now(dt.UTC)) or 0.0
            if wait <= self.visit.web.policy.longest_wait_s:
                hosts.pause(origin, wait)
            else:
                hosts.leave_alone(origin, wait)

    def _spend(self, units: int) -> None:
        allowed = self.quota.units_a_day
        if self._is_used_up:
            raise QuotaError("the server says that its quota is used up; the rest waits for the next fetch")
        if allowed is not None and self._spent + units > allowed:
            raise QuotaError(f"{self._spent} of {allowed} units are spent today; the rest waits for tomorrow")
        self._spent += units

    def _day(self) -> dt.date:
        return self.visit.now.astimezone(ZoneInfo(self.quota.zone)).date()

    def _same_server(self, url: str, further: str) -> str:
        """The address of the next page, which must not carry our token to another server."""
        import httpx

        if origin_of(httpx.URL(url)) != origin_of(httpx.URL(url).join(further)):
            raise FormatError(f"{url}: the next page is on another server, {further[:100]}; it is not followed")
        return str(httpx.URL(url).join(further))


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
