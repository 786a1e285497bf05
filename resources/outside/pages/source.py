"""Competitors' prices, ratings and reviews from the pages of shops.

Pages are read one at a time and host, at the pace that is configured or that robots.txt asks for, whichever is slower,
and with the conditions `If-None-Match` and `If-Modified-Since`. A price is an event when it differs from the last seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from lake.journals.standings import Standing
from resources.outside.pages.amounts import NoAmountError
from resources.outside.pages.browser import rendered
from resources.outside.pages.products import Offer, offers_of, product_meant, rating_of, reviews_of
from resources.outside.pages.robots import DisallowedError, Robots
from resources.outside.pages.structured import Item, decoded, structured_items
from resources.outside.source import Event, Family, Fetched, FormatError, Source, Visit, instant, signal
from resources.web.exchange import origin_of
from resources.web.policy import Policy

# A host that wants more than this between two pages does not want to be read by a schedule.
LONGEST_DELAY_S = 60.0


class Page(BaseModel):
    """A page about a release."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str = Field(pattern=r"^https?://[^\s]+$")
    release: str = Field(min_length=1, description="release_id")
    gtin: str | None = Field(None, description="number of the product, where the page states several products")

    @property
    def event_id(self) -> str:
        """How the identities of its events begin; a shop may have several pages of one release."""
        return f"page:{self.release}:{sha256(self.url.encode()).hexdigest()[:12]}"


class Pages(Source):
    """What shops ask for a release and what their customers say of it."""

    family: ClassVar[Family] = "pages"
    policy: ClassVar[Policy] = Policy(interval_s=1, max_bytes=5_000_000, attempts=3)
    type: Literal["pages"]
    pages: Sequence[Page] = Field(min_length=1)
    wanted: Sequence[Literal["prices", "ratings", "reviews"]] = ("prices", "ratings", "reviews")
    seller: str | None = Field(None, description="who sells, where the page does not say; by default the host")
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", description="where the page does not say")
    browser: bool = Field(False, description="whether a browser renders the pages before they are read")
    pause_s: float = Field(5, ge=1, description="seconds between two pages of a host")

    def items(self) -> Sequence[str]:
        """The addresses."""
        return [page.url for page in self.pages]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """Read a page, if it may be read and has changed."""
        import httpx

        robots = visit.memory.setdefault("robots", Robots(visit.web))
        page = next(page for page in self.pages if page.url == item)
        before, asked = visit.standing(item), repr((page.gtin, *self.wanted))
        if before.fingerprint != asked:  # what was not asked for the last time may stand on an unchanged page
            before = Standing()
        conditions = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
        headers = {name: value for name, value in conditions.items() if value} | {"Accept": "text/html"}
        try:
            delay_s = robots.delay_s(httpx.URL(item))
            if delay_s > LONGEST_DELAY_S:
                return Fetched(notes=[f"{item}: not read, its host wants {delay_s:.0f} s between two pages"])
            if self.browser:
                visit.web.hosts.wait_turn(origin_of(httpx.URL(item)), max(self.pause_s, delay_s))
                text = rendered(item, robots, visit.web.user_agent, self.policy.max_bytes)
                return self._found(page, text, Standing(fingerprint=asked), visit)
            response = visit.web.get(item, headers=headers, before=robots.look)
        except DisallowedError as refusal:
            return Fetched(notes=[f"{refusal}; not read"])
        visit.web.hosts.pause(origin_of(response.url), max(self.pause_s, delay_s))
        if response.status_code == 304:
            return Fetched(standings={item: before})
        kind = response.headers.get("Content-Type")
        if kind and "html" not in kind.lower():
            raise FormatError(f"the answer is {kind}, not a page")
        standing = Standing(response.headers.get("ETag"), response.headers.get("Last-Modified"), fingerprint=asked)
        return self._found(page, decoded(response.content, kind), standing, visit)

    def _found(self, page: Page, text: str, standing: Standing, visit: Visit) -> Fetched:
        """What a page's text says that was not known."""
        product, notes = self._product(page, text)
        said = self._said(page, product, visit)
        told = [f"{page.url}: {note}" for note in [*notes, *said.notes]]
        return Fetched(said.events, {**said.standings, page.url: standing}, told)

    def _product(self, page: Page, text: str) -> tuple[Item, list[str]]:
        """The product of a page, from JSON-LD where that names one, for many pages say the same twice."""
        try:
            scripted, marked_up, notes = structured_items(text)
            product = product_meant(scripted, page.url, page.gtin) or product_meant(marked_up, page.url, page.gtin)
        except RecursionError:
            raise FormatError("its structured data is nested too deeply") from None
        if product is None:
            raise FormatError(f"no product in its structured data{''.join(f'; {note}' for note in notes)}")
        return product, notes

    def _said(self, page: Page, product: Item, visit: Visit) -> Fetched:
        """What the product's data says that was not known."""
        events: list[Event] = []
        standings: dict[str, Standing] = {}
        notes: list[str] = []
        if "prices" in self.wanted:
            offers, notes = offers_of(product, self.currency)
            if not offers:
                raise FormatError(f"no price in its structured data{'; ' if notes else ''}{'; '.join(notes)}")
            for name, offer in self._lowest(page, offers):
                told = f"{offer.price} {offer.currency}" if offer.is_available else "not to be had"
                standings[name] = Standing(fingerprint=told)
                if told != visit.standing(name).fingerprint:
                    events.append(self._price(page, offer, visit.now))
        if "ratings" in self.wanted:
            events += self._rating(page, product, visit, standings, notes)
        if "reviews" in self.wanted:
            events += self._reviews(page, product, visit, standings, notes)
        return Fetched(events, standings, notes)

    def _lowest(self, page: Page, offers: Sequence[Offer]) -> Iterator[tuple[str, Offer]]:
        """Of each seller, condition and currency the lowest price to be had, by the name of its standing."""
        host = urlsplit(page.url).hostname or page.url
        named = [replace(offer, seller=offer.seller or self.seller or host) for offer in offers]
        best: dict[str, Offer] = {}
        for offer in sorted(named, key=lambda one: (not one.is_available, one.price)):
            best.setdefault(f"{page.url} {offer.currency} {offer.seller} {offer.condition or ''}".rstrip(), offer)
        return iter(sorted(best.items()))

    def _price(self, page: Page, offer: Offer, now: dt.datetime) -> Event:
        which = ":".join(filter(None, (offer.seller, offer.condition, offer.currency)))
        return signal(
            f"{page.event_id}:price:{which}:{instant(now)}",
            "competitor_price",
            ("release", page.release),
            offer.price,
            offer.currency,
            now,
            offer.seller or "",
            condition=offer.condition,
            statistic="lowest" if offer.is_lowest_of_many else None,
            availability=None if offer.is_available else "out_of_stock",
        )

    def _rating(
        self, page: Page, product: Item, visit: Visit, standings: dict[str, Standing], notes: list[str]
    ) -> Iterator[Event]:
        try:
            rating = rating_of(product.get("aggregateRating"))
        except NoAmountError as error:
            notes.append(f"the rating is left out: {error}")
            return
        if rating is None:
            return
        name, told = f"{page.url} rating", f"{rating.value} {rating.unit} {rating.count}"
        standings[name] = Standing(fingerprint=told)
        if visit.standing(name).fingerprint == told:
            return
        host = urlsplit(page.url).hostname or page.url
        about = ("release", page.release)
        now = visit.now
        yield signal(f"{page.event_id}:rating:{instant(now)}", "rating", about, rating.value, rating.unit, now, host)
        if (count := rating.count) is not None:
            yield signal(f"{page.event_id}:ratings:{instant(now)}", "rating_count", about, count, "ratings", now, host)

    def _reviews(
        self, page: Page, product: Item, visit: Visit, standings: dict[str, Standing], notes: list[str]
    ) -> Iterator[Event]:
        host = urlsplit(page.url).hostname or page.url
        reviews, left_out = reviews_of(product)
        notes += left_out
        for review in reviews:
            name = f"{page.url} review {review.identity}"
            if visit.standing(name).fingerprint or name in standings:
                continue
            standings[name] = Standing(fingerprint="seen")
            yield signal(
                f"{page.event_id}:review:{review.identity}",
                "review",
                ("release", page.release),
                review.rating.value,
                review.rating.unit,
                _moment(review.published, visit.now),
                host,
                title=review.title,
                text=review.text,
            )


def _moment(published: str | None, now: dt.datetime) -> dt.datetime:
    """When a review came out: its date, never later than now; now where it does not say."""
    try:
        moment = dt.datetime.fromisoformat(published or "")
        return min(now, (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC))
    except (ValueError, OverflowError):
        return now
