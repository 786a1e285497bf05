"""Facts of the market that a text may state: tracks, copies sold, the rating of reviews, and their sentences."""

from collections.abc import Iterable, Mapping
from typing import Any

from ml.texts.facts import Fact

STARS = 5
# Each needs its table; a lake without it has no such fact.
MARKET_SQL: dict[str, tuple[str, str, str, str]] = {
    "track_count": (
        "tracks",
        "silver.tracks",
        "count(*)",
        "release_id = $release",
    ),
    "units_sold": (
        "units",
        "gold.fct_sales_day",
        "sum(net_units)",
        "release_id = $release",
    ),
    "review_count": (
        "reviews",
        "silver.reviews",
        "count(*)",
        "entity_type = 'release' and entity_id = $release",
    ),
    "rating": (
        "rating",
        "silver.reviews",
        f"round({STARS} * avg(rating_share), 1)",
        "entity_type = 'release' and entity_id = $release",
    ),
}
REVIEWS_SQL = (
    "select review_id, text, rating_share from silver.reviews where entity_type = 'release' and entity_id = $release"
    " and text is not null order by review_id"
)


def market_sql(name: str) -> str:
    """The query of one fact of a release."""
    _, table, value, where = MARKET_SQL[name]
    return f"select {value} from {table} where {where}"


def market_facts(values: Mapping[str, Any]) -> list[Fact]:
    """The facts of counts and sums by name; what is nothing or negative is no fact."""
    facts = []
    for name, (kind, table, value, _) in MARKET_SQL.items():
        found = values.get(name)
        if found is not None and float(found) > 0:
            facts.append(Fact(name, kind, float(found), f"{table}: {value}"))
    return facts


def quote_facts(quotes: Iterable[tuple[str, str]]) -> list[Fact]:
    """Sentences of reviews as facts, `quote_1` and on, each with the review that it comes from."""
    return [
        Fact(f"quote_{number}", "quote", sentence, f"silver.reviews.text, review_id {review_id}")
        for number, (review_id, sentence) in enumerate(quotes, 1)
    ]
