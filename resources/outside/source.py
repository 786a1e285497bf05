"""What every outside source has: a name, options, how often it is asked, its items, and how one of them is fetched."""

from __future__ import annotations

import datetime as dt
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lake.journals.standings import Standing
from resources.web.policy import Policy

if TYPE_CHECKING:
    import httpx

    from resources.web.caller import WebCaller

Family = Literal["weather", "calendars", "economy", "social", "marketplaces", "pages"]
Event = dict[str, Any]
Every = Literal["hour", "6 hours", "day", "week", "month"]
EVERY: dict[Every, dt.timedelta] = {
    "hour": dt.timedelta(hours=1),
    "6 hours": dt.timedelta(hours=6),
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
    "month": dt.timedelta(days=30),
}


class FormatError(RuntimeError):
    """An answer that is not of the documented shape; nothing of it is taken."""


@dataclass(frozen=True)
class Visit:
    """What a fetch works with: a caller for the source, the moment it counts as, and where each item stands.

    ``memory`` is the source's own for this fetch, across its items.
    """

    web: WebCaller
    now: dt.datetime
    standings: Mapping[str, Standing]
    memory: dict[str, Any] = field(default_factory=dict)

    def standing(self, item: str) -> Standing:
        """Where the item stands; nowhere before its first fetch."""
        return self.standings.get(item, Standing())


@dataclass(frozen=True)
class Fetched:
    """What fetching an item gave.

    Attributes:
        events: signal events, new ones only as far as the source can tell.
        standings: where items stand once these events have landed.
        notes: what was left out and why, for people.
    """

    events: Sequence[Event] = ()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    notes: Sequence[str] = ()


class Source(BaseModel, ABC):
    """The options of one source in the sources file, and how it is fetched."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: ClassVar[Family]
    policy: ClassVar[Policy] = Policy(interval_s=0.5)
    private_headers: ClassVar[Sequence[str]] = ()

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", description="how the source is called here")
    every: Every = Field("day", description="how often it is asked")

    @abstractmethod
    def items(self) -> Sequence[str]:
        """What is fetched one by one; the fault of one leaves the others alone."""

    @abstractmethod
    def fetch(self, item: str, visit: Visit) -> Fetched:
        """Fetch one item in full.

        Raises:
            WebError: the server did not answer.
            FormatError: it did, but not in its documented shape.
        """

    def secret_headers(self) -> Mapping[str, str]:
        """Headers that carry a key."""
        return {}

    def secret_params(self) -> Mapping[str, str]:
        """Query parameters that carry a key."""
        return {}


@dataclass(frozen=True)
class Configured:
    """The sources of an installation, and those that lack a key: name -> the variables to set."""

    sources: tuple[Source, ...]
    lacking: Mapping[str, tuple[str, ...]]


def signal(
    event_id: str,
    kind: str,
    entity: tuple[str, str],
    value: str | Decimal | int,
    unit: str | None,
    occurred_at: dt.datetime,
    source: str,
    **more: Any,
) -> Event:
    """A signal event of the landing format; what is None in ``more`` is left out.

    Args:
        event_id: its identity, the same at every fetch.
        kind: of signal.
        entity: type and number of what it is about.
        value: the measurement; decimals go as text, as they came.
        unit: of the value.
        occurred_at: moment it was observed, with a zone.
        source: who observed it.
        more: further fields of the kind.
    """
    entity_type, entity_id = entity
    event = {
        "event_id": event_id,
        "kind": kind,
        "entity_type": entity_type,
        "entity_id": entity_id,
        "value": f"{value:f}" if isinstance(value, Decimal) else value,
        "unit": unit,
        "occurred_at": instant(occurred_at),
        "source": source,
    }
    return event | {name: one for name, one in more.items() if one is not None}


def instant(moment: dt.datetime) -> str:
    """A moment as landing files write it, in UTC."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def learnt_at(occurred_at: dt.datetime, lag: dt.timedelta, now: dt.datetime) -> str:
    """When a value of the past became known: now if it is fresh, else after the source's usual ``lag``."""
    return instant(min(now, occurred_at + lag))


def document(response: httpx.Response) -> Any:
    """The JSON of an answer; numbers with a point as Decimal, so that no digit of money is lost.

    Raises:
        FormatError: the answer is no JSON, as when a proxy or a login page answers.
    """
    try:
        return whole_texts(json.loads(response.content, parse_float=Decimal, parse_constant=_no_constant))
    except (ValueError, RecursionError) as error:
        kind = response.headers.get("Content-Type", "no content type")
        start = re.sub(r"\s+", " ", response.text[:60])
        raise FormatError(f"the answer is no JSON ({kind}; it begins {start!r}): {error}") from None


def whole_texts(found: Any) -> Any:
    """The document, half characters replaced: a text that was cut within an emoji can be neither hashed nor landed."""
    if isinstance(found, str):
        return found if found.isascii() else found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(found, list):
        return [whole_texts(one) for one in found]
    if isinstance(found, dict):
        return {whole_texts(name): whole_texts(one) for name, one in found.items()}
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def revealed(key: SecretStr) -> str:
    """The key itself, for the caller that sends it and shows it to nobody."""
    return key.get_secret_value()
