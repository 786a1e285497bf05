"""What a page says of a product: offers, the aggregate rating, reviews, in the words of schema.org.

`Product`, `Offer`, `AggregateOffer`, `PriceSpecification`, `AggregateRating` and `Review` as schema.org defines them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from resources.outside.pages.amounts import NoAmountError, amount, currency_of, mark
from resources.outside.pages.structured import Item, types_of
from resources.outside.source import FormatError

PRODUCTS = {"Product", "IndividualProduct", "ProductModel", "SomeProducts", "MusicRelease", "MusicAlbum"}
SAID = ("offers", "aggregateRating", "review", "reviews")
ABSENT = {"OutOfStock", "SoldOut", "Discontinued"}
NOT_ASKED = ("ListPrice", "SRP", "MSRP", "StrikethroughPrice")  # prices beside the one that is paid
CONDITIONS = {
    "NewCondition": "new",
    "UsedCondition": "used",
    "RefurbishedCondition": "refurbished",
    "DamagedCondition": "damaged",
}
MOST_PARTS = 50_000
NUMBERS = ("gtin13", "gtin12", "gtin14", "gtin8", "gtin", "sku", "mpn", "productID")


@dataclass(frozen=True)
class Offer:
    """A price above zero; ``is_available`` says whether it can be had at it."""

    price: Decimal
    currency: str
    seller: str | None
    condition: str | None
    is_available: bool
    is_lowest_of_many: bool = False


@dataclass(frozen=True)
class Rating:
    """A mark on one of the two scales that events know; ``unit`` is `stars/5` or `points/10`."""

    value: Decimal
    unit: str
    count: int | None = None


@dataclass(frozen=True)
class Review:
    """One review; ``identity`` is the same wherever it is seen again. Who wrote it is not kept."""

    identity: str
    rating: Rating
    published: str | None
    title: str | None
    text: str | None


def product_meant(items: Sequence[Item], url: str, number: str | None) -> Item | None:
    """The product that the page is about; None when its data names none.

    The outermost count: what lies within another thing is a list of similar ones, or a part.

    Raises:
        FormatError: none has the number, or there are several and nothing says which is meant.
    """
    every = list(_every(items))
    products = [(depth, item) for depth, item in every if types_of(item) & PRODUCTS and not _is_reference(item)]
    if not products:
        return None
    if number is not None:
        found = [item for _, item in products if number in _numbers(item)]
    else:
        outermost = min(depth for depth, _ in products)
        found = [item for depth, item in products if depth == outermost]
        found = [item for item in found if any(name in item for name in SAID)] or found
        found = [item for item in found if _is_at(item, url)] or found
    different = [item for count, item in enumerate(found[:20]) if item not in found[:count]]
    if len(different) != 1:
        way_out = "give the page a `gtin`, as its data states it"
        raise FormatError(f"{len(products)} products in its structured data, {len(different)} that fit; {way_out}")
    known = {item["@id"]: item for _, item in every if isinstance(item.get("@id"), str) and not _is_reference(item)}
    return _resolved(different[0], known)


def _every(items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """The items and all that stand within them with their depth, outermost first, without recursion."""
    waiting: list[tuple[int, Any]] = [(0, item) for item in items]
    for count, (depth, one) in enumerate(waiting):
        if count > MOST_PARTS:
            raise FormatError(f"more than {MOST_PARTS:,} parts in its structured data")
        if isinstance(one, dict):
            yield depth, one
            waiting += [(depth + 1, value) for name, value in one.items() if name != "@graph"]
        elif isinstance(one, list):
            waiting += [(depth, value) for value in one]


def _is_at(item: Item, url: str) -> bool:
    """Whether the item says that it lives at the address, query and fragment apart."""
    return _path(url) in {_path(item[name]) for name in ("url", "@id") if isinstance(item.get(name), str)}


def _path(url: str) -> str | None:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:  # what a page calls an address need not be one
        return None


def _is_reference(item: Item) -> bool:
    return not item.keys() - {"@id", "@type"}


def _resolved(item: Item, known: dict[str, Item]) -> Item:
    """The item with what it only refers to, one level deep, which is how shops write it."""

    def full(value: Any) -> Any:
        if isinstance(value, list):
            return [full(one) for one in value]
        return (
            known.get(value["@id"], value) if isinstance(value, dict) and isinstance(value.get("@id"), str) else value
        )

    return {name: full(value) for name, value in item.items()}


def _numbers(item: Item) -> set[str]:
    return {str(one) for name in NUMBERS for one in _list(item.get(name))}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _dicts(value: Any) -> list[Item]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _word(value: Any) -> str | None:
    """The last part of a schema.org address, `InStock` for `https://schema.org/InStock`."""
    one = value[0] if isinstance(value, list) and value else value
    return one.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1] if isinstance(one, str) else None


def _name(value: Any) -> str | None:
    one = _list(value)[0] if _list(value) else None
    name = one.get("name") if isinstance(one, dict) else one
    return " ".join(name.split())[:100] or None if isinstance(name, str) else None


def offers_of(product: Item, currency: str | None) -> tuple[list[Offer], list[str]]:
    """The product's offers, and why others were left out; ``currency`` is taken where the page states none."""
    offers, notes = [], []
    for stated in _offers(product):
        try:
            offers.append(_offer(stated, currency))
        except NoAmountError as error:
            notes.append(f"an offer is left out: {error}")
    return offers, notes


def _offers(product: Item) -> Iterator[Item]:
    for stated in _dicts(product.get("offers")):
        within = _dicts(stated.get("offers"))
        if "AggregateOffer" in types_of(stated) and within:
            yield from within
        else:
            yield stated


def _offer(stated: Item, currency: str | None) -> Offer:
    priced = next((one for one in _prices(stated) if one.get("price") is not None), {})
    price = stated.get("lowPrice") if priced.get("price") is None else priced["price"]
    price = price[0] if isinstance(price, list) and price else price
    code = currency_of(priced.get("priceCurrency") or stated.get("priceCurrency"), price) or currency
    value = amount(price)
    if code is None:
        raise NoAmountError(f"{price!r} comes without a currency; give the source a `currency`")
    return Offer(
        price=value,
        currency=code,
        seller=_name(stated.get("seller")),
        condition=CONDITIONS.get(_word(stated.get("itemCondition")) or ""),
        is_available=_word(stated.get("availability")) not in ABSENT,
        is_lowest_of_many=priced.get("price") is None,
    )


def _prices(stated: Item) -> Iterator[Item]:
    """Where the price that is paid may stand: in the offer, or in one of its specifications."""
    yield stated
    for one in _dicts(stated.get("priceSpecification")):
        if not str(_word(one.get("priceType")) or "").endswith(NOT_ASKED):
            yield one


def rating_of(stated: Any) -> Rating | None:
    """The mark that a rating states; None where there is none.

    Raises:
        NoAmountError: it is no number, or beyond the best.
    """
    one = next(iter(_dicts(stated)), None)
    if one is None or one.get("ratingValue") is None:
        return None
    value, best = mark(one["ratingValue"]), mark(one.get("bestRating") or 5)
    if value > best:
        raise NoAmountError(f"a rating of {value} is beyond the best, {best}")
    counted = one.get("reviewCount") or one.get("ratingCount")
    count = int(str(counted)) if re.fullmatch(r"[0-9]{1,9}", str(counted)) else None
    if best in (5, 10):
        return Rating(value, "stars/5" if best == 5 else "points/10", count)
    return Rating(Decimal(f"{(value * 10 / best):.4f}").normalize(), "points/10", count)


def reviews_of(product: Item) -> tuple[list[Review], list[str]]:
    """The reviews that have a mark, and why others were left out."""
    reviews, notes = [], []
    for stated in [*_dicts(product.get("review")), *_dicts(product.get("reviews"))]:
        try:
            rating = rating_of(stated.get("reviewRating"))
        except NoAmountError as error:
            notes.append(f"a review is left out: {error}")
            continue
        if rating is None:
            notes.append("a review is left out: it has no mark")
            continue
        said = [_name(stated.get("author")), _text(stated.get("datePublished")), _text(stated.get("reviewBody"))]
        identity = sha256(repr([*said, rating.value, rating.unit]).encode()).hexdigest()[:16]
        title = _text(stated.get("name")) or _text(stated.get("headline"))
        reviews.append(Review(identity, rating, said[1], title, said[2]))
    return reviews, notes


def _text(value: Any) -> str | None:
    one = value[0] if isinstance(value, list) and value else value
    return one.strip()[:10_000] or None if isinstance(one, str) else None
