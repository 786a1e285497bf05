"""`Retry-After` (RFC 9110, 10.2.3): seconds, or a date."""

import datetime as dt
from email.utils import parsedate_to_datetime


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
