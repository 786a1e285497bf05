"""When to ask again: `Retry-After` (RFC 9110, 10.2.3: seconds, or a date), or when a quota is renewed."""

import datetime as dt
from email.utils import parsedate_to_datetime

# Seconds above this are a moment, not a time to wait.
EPOCH_FROM, EPOCH_AT_MOST = 1_000_000_000.0, 100_000_000_000.0


def retry_after_s(value: str | None, now: dt.datetime) -> float | None:
    """Seconds from ``now`` that the header asks for, not below 0; None when there is none that can be understood."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter of a year or a zone of twenty digits
        return None
    if moment.tzinfo is None:  # the zone -0000
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())


def renewal_s(value: str | None, now: dt.datetime) -> float | None:
    """Seconds until a quota is renewed, of a header that states them or the moment as seconds since 1970.

    >>> renewal_s("90", dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    90.0
    """
    text = (value or "").strip()
    try:
        stated = float(text[:20])
    except ValueError:
        return None
    if not 0 <= stated < EPOCH_AT_MOST:
        return None
    return max(0.0, stated - now.timestamp()) if stated > EPOCH_FROM else stated
