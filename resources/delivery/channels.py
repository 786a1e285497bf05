"""Channels: to whom alerts go, by which apprise address, at once or as a digest. They are data (YAML)."""

import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from resources.tenants import named_values

PRIORITIES = ("low", "medium", "high", "critical")
KNOWN = {
    *("name", "url", "least_priority", "types", "mode", "digest_hour", "quiet_from", "quiet_to"),
    *("escalate_to", "escalate_hours", "only_escalations"),
}
LONGEST_HOURS = 24 * 28


class ChannelError(ValueError):
    """A channel that cannot be; the message names file, channel and field."""


@dataclass(frozen=True)
class Channel:
    """One channel.

    Attributes:
        name: unique; part of the identity of a message.
        url: apprise address, such as mailtos://user:key@host?to=a@b or json://host/path.
        least_priority: alerts below it are not sent.
        types: types of alerts that are sent; empty for all.
        mode: `immediate`, or `digest`: one message a day.
        digest_hour: hour (UTC) of the digest.
        quiet_from, quiet_to: hours (UTC) between which only critical alerts are sent at once.
        escalate_to, escalate_hours: the channel that gets an alert which nobody took up so many hours after this one.
        only_escalations: it gets nothing else.
    """

    name: str
    url: str
    least_priority: str = "low"
    types: tuple[str, ...] = ()
    mode: str = "immediate"
    digest_hour: int = 7
    quiet_from: int | None = None
    quiet_to: int | None = None
    escalate_to: str | None = None
    escalate_hours: float | None = None
    only_escalations: bool = False

    def wants(self, priority: str, kind: str) -> bool:
        """Whether alerts of this priority and type go there."""
        if self.only_escalations:
            return False
        enough = PRIORITIES.index(priority) >= PRIORITIES.index(self.least_priority)
        return enough and (not self.types or kind in self.types)

    def due(self, now: datetime, priority: str) -> datetime:
        """When a message that is put in now may leave."""
        if self.mode == "digest":
            return _next_hour(now, self.digest_hour)
        if self.quiet_from is None or self.quiet_to is None or priority == "critical":
            return now
        quiet = (now.hour - self.quiet_from) % 24 < (self.quiet_to - self.quiet_from) % 24
        return _next_hour(now, self.quiet_to) if quiet else now


def read_channels(path: Path) -> list[Channel]:
    """The channels of a file. `$NAME` in an address is taken from the environment, so that no secret stands in it.

    Raises:
        ChannelError: naming file, channel and field.
    """
    import yaml

    document = yaml.safe_load(path.read_text())
    if not isinstance(document, dict) or not isinstance(document.get("channels"), list):
        raise ChannelError(f"{path}: a mapping with a list of channels is needed")
    found = [_channel(one, path) for one in document["channels"]]
    names = [channel.name for channel in found]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ChannelError(f"{path}: channels of one name: {', '.join(doubled)}")
    for channel in found:
        if channel.escalate_to is not None and channel.escalate_to not in set(names) - {channel.name}:
            raise ChannelError(
                f"{path}: channel {channel.name}: escalate_to {channel.escalate_to} is no other channel of the file"
            )
    return found


def _channel(given: Any, path: Path) -> Channel:
    from apprise import Apprise

    if not isinstance(given, dict) or not {"name", "url"} <= set(given):
        raise ChannelError(
            f"{path}: a channel needs name and url, not {sorted(given) if isinstance(given, dict) else given}"
        )
    where = f"{path}: channel {given['name']}"
    if unknown := sorted(set(given) - KNOWN):
        raise ChannelError(f"{where} has unknown fields: {', '.join(unknown)}")
    try:
        url = string.Template(str(given["url"])).substitute(named_values())
    except KeyError as error:
        raise ChannelError(f"{where}: the environment lacks {error.args[0]}, which its url names") from None
    channel = Channel(**{**given, "url": url, "types": tuple(given.get("types", ()))})
    if Apprise.instantiate(url) is None:
        raise ChannelError(f"{where}: apprise knows no address like that; `apprise --details` lists the kinds")
    if channel.least_priority not in PRIORITIES or channel.mode not in ("immediate", "digest"):
        raise ChannelError(f"{where}: least_priority is one of {', '.join(PRIORITIES)}; mode is immediate or digest")
    for hour in (channel.digest_hour, channel.quiet_from, channel.quiet_to):
        if hour is not None and not 0 <= hour <= 23:
            raise ChannelError(f"{where}: hours lie from 0 to 23")
    if (channel.escalate_to is None) != (channel.escalate_hours is None):
        raise ChannelError(f"{where}: escalate_to and escalate_hours stand together")
    if channel.escalate_hours is not None and not 0 < channel.escalate_hours <= LONGEST_HOURS:
        raise ChannelError(f"{where}: escalate_hours lies above 0 and up to {LONGEST_HOURS}")
    return channel


def _next_hour(now: datetime, hour: int) -> datetime:
    at = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)
