"""Marketplace statistics of Discogs: the lowest price asked for a release, and how many copies are for sale.

Documented at discogs.com/developers, Release Statistics: `GET /marketplace/stats/{release_id}?curr_abbr=EUR` answers
`{"lowest_price": {"currency", "value"}, "num_for_sale", "blocked_from_sale"}`, the first two null where nothing is for
sale. `X-Discogs-Ratelimit` says how many requests a minute are allowed, `-Remaining` how many are left of them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, model_validator

from lake.journals.standings import Standing
from resources.outside.source import (
    Event,
    Family,
    Fetched,
    FormatError,
    Source,
    Visit,
    document,
    instant,
    revealed,
    signal,
)
from resources.web.exchange import origin_of
from resources.web.policy import Policy

if TYPE_CHECKING:
    import httpx

ALLOWED_WITHOUT_TOKEN = 25
MINUTE_S = 60.0


class Discogs(Source):
    """What copies of our releases are offered for."""

    family: ClassVar[Family] = "marketplaces"
    policy: ClassVar[Policy] = Policy(interval_s=1.0)
    type: Literal["discogs"]
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="in which prices are asked for")
    releases: Mapping[str, int] = Field(default_factory=dict, description="our release_id -> Discogs' release number")
    releases_file: Path | None = Field(None, description="CSV with the columns release_id, discogs_id, for many")
    token: SecretStr | None = Field(None, description="personal access token, as ${NAME} of the environment")
    url: str = "https://api.discogs.com"

    @model_validator(mode="after")
    def _has_releases(self) -> Self:
        if bool(self.releases) == bool(self.releases_file):
            raise ValueError("give `releases` or `releases_file`, one of them")
        return self

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        if self.releases_file is None:
            return self.releases
        try:
            with self.releases_file.open(newline="", encoding="utf-8-sig") as file:
                return {row["release_id"]: int(row["discogs_id"]) for row in csv.DictReader(file)}
        except (OSError, KeyError, TypeError, ValueError) as error:
            said = f"{type(error).__name__}: {error}"
            raise FormatError(f"releases_file {self.releases_file}: {said}; release_id,discogs_id are wanted") from None

    def items(self) -> Sequence[str]:
        """Our releases."""
        return list(self._numbers)

    def secret_headers(self) -> Mapping[str, str]:
        """The personal access token."""
        return {"Authorization": f"Discogs token={revealed(self.token)}"} if self.token else {}

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """One release's statistics; an event for what has changed."""
        url = f"{self.url}/marketplace/stats/{self._numbers[item]}"
        response = visit.web.get(url, params={"curr_abbr": self.currency})
        self._keep_pace(response, visit)
        price, copies = self._said(document(response))
        told = {f"{item} price": f"{price} {self.currency}", f"{item} copies": str(copies)}
        standings = {name: Standing(fingerprint=one) for name, one in told.items()}
        changed = [name for name, now in standings.items() if visit.standing(name).fingerprint != now.fingerprint]
        events = list(self._events(item, price, copies, changed, visit))
        return Fetched(events, standings)

    def _keep_pace(self, response: httpx.Response, visit: Visit) -> None:
        """Spread requests over the minute; when none is left, wait until one is."""
        stated = response.headers.get("X-Discogs-Ratelimit", "")
        allowed = int(stated) if stated.isascii() and stated.isdigit() and int(stated) else ALLOWED_WITHOUT_TOKEN
        is_used_up = response.headers.get("X-Discogs-Ratelimit-Remaining") == "0"
        visit.web.hosts.pause(origin_of(response.url), MINUTE_S if is_used_up else MINUTE_S / allowed)

    def _said(self, answer: Any) -> tuple[Decimal | None, int]:
        """The lowest price, None where nothing is for sale, and how many copies are."""
        try:
            lowest, copies = answer["lowest_price"], answer["num_for_sale"]
            price = None if lowest is None else Decimal(lowest["value"])
            currency = None if lowest is None else lowest["currency"]
            copies = 0 if copies is None else copies
        except (KeyError, TypeError, ArithmeticError) as error:
            raise FormatError(f"not Discogs' documented shape: {error!r} is missing or odd") from None
        if currency not in (None, self.currency):
            raise FormatError(f"the price is in {currency}, not in {self.currency}")
        if isinstance(copies, bool) or not isinstance(copies, int) or copies < 0:
            raise FormatError(f"num_for_sale is {copies!r}, which is no number of copies")
        if price is not None and not (price.is_finite() and price > 0):
            raise FormatError(f"the lowest price is {price}, which is no price")
        return price, copies

    def _events(
        self, item: str, price: Decimal | None, copies: int, changed: Sequence[str], visit: Visit
    ) -> Iterator[Event]:
        about, now = ("release", item), visit.now
        event_id = f"discogs:{{}}:{item}:{instant(now)}"
        if price is not None and f"{item} price" in changed:
            named = event_id.format("price")
            yield signal(named, "competitor_price", about, price, self.currency, now, "discogs", statistic="lowest")
        last = visit.standing(f"{item} price").fingerprint or ""
        if price is None and f"{item} price" in changed and last and not last.startswith("None"):
            named, asked = event_id.format("price"), last.split(" ")[0]
            more = {"statistic": "lowest", "availability": "out_of_stock"}
            yield signal(named, "competitor_price", about, asked, self.currency, now, "discogs", **more)
        if f"{item} copies" in changed:
            yield signal(event_id.format("copies"), "copies_for_sale", about, copies, "copies", now, "discogs")
