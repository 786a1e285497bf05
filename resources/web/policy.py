"""The limits that a caller keeps, and the name that it goes by."""

from dataclasses import dataclass

PRODUCT = "Lacquer"


@dataclass(frozen=True)
class Policy:
    """How patient and how polite a caller is. Times in seconds.

    Attributes:
        attempts: how often one request is tried at most.
        first_pause_s: pause before the second attempt; it doubles, with jitter, up to ``longest_pause_s``.
        longest_wait_s: the longest ``Retry-After`` that is waited for; a host that asks for more is left alone for
            that time, and the request fails at once.
        connect_timeout_s: for a connection to stand.
        read_timeout_s: between two pieces of an answer.
        total_timeout_s: for one attempt, redirects apart, however slowly the answer drips.
        interval_s: between the starts of two requests to one host.
        max_bytes: size of an answer after decompression.
        max_redirects: hops of one request.
        breaker_failures: requests given up in a row after which the host is left alone for ``breaker_pause_s``; then
            one attempt decides.
        reset_header: where a server without ``Retry-After`` says when its quota is renewed: seconds, or an epoch.
    """

    attempts: int = 4
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    longest_wait_s: float = 120.0
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    total_timeout_s: float = 120.0
    interval_s: float = 0.0
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    breaker_failures: int = 3
    breaker_pause_s: float = 60.0
    reset_header: str | None = None


def user_agent(contact: str | None) -> str:
    """The name in each request: the software, and whom to ask about it (``LACQUER_CONTACT``).

    Raises:
        ValueError: the contact cannot stand in a header.
    """
    if not contact:
        return PRODUCT
    if not (contact.isascii() and contact.isprintable()):
        raise ValueError(f"contact {contact!r}: give an address or a URL in printable ASCII, it stands in a header")
    return f"{PRODUCT} (+{contact})"
