"""robots.txt (RFC 9309): which pages may be read, and how fast.

No rules where a server has no such file (4xx); nothing may be read while it cannot be asked (5xx, no connection).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from resources.web.exchange import origin_of
from resources.web.policy import PRODUCT

if TYPE_CHECKING:
    import httpx

    from resources.web.caller import WebCaller

# 429 says "not now", which is no permission.
NO_RULES = frozenset(range(400, 500)) - {429}
LARGEST = 512_000


class DisallowedError(RuntimeError):
    """A page that its owner does not want to be read by us."""


@dataclass
class Robots:
    """The rules of the hosts that one fetch meets, each asked for once."""

    web: WebCaller
    _rules: dict[str, Any] = field(default_factory=dict)

    def look(self, url: httpx.URL) -> None:
        """Pass when the page may be read.

        Raises:
            DisallowedError: it may not.
            WebError: nobody can say.
        """
        if not self._of(url).can_fetch(str(url), PRODUCT):
            raise DisallowedError(f"{url.copy_with(query=None)}: robots.txt does not allow it")

    def delay_s(self, url: httpx.URL) -> float:
        """Seconds that the host wants between two requests; 0 where it does not say."""
        rules = self._of(url)
        rate = rules.request_rate(PRODUCT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(float(rules.crawl_delay(PRODUCT) or 0), by_rate)

    def _of(self, url: httpx.URL) -> Any:
        from protego import Protego

        origin = origin_of(url)
        if origin not in self._rules:
            answer = self.web.get(f"{origin}/robots.txt", accept=NO_RULES)
            text = answer.content[:LARGEST].decode("utf-8", errors="replace") if answer.is_success else ""
            self._rules[origin] = Protego.parse(text)
        return self._rules[origin]
