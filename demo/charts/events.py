"""Chart positions, streams, reviews and prices as signal events, each with its fate: landed, or left out and why.

An event is about the number that follows from its names, whether or not the catalogue knows that number: the charts
land whole, and how many of them meet a release is for gold to say.
"""

from __future__ import annotations

import duckdb

# Neither set says when its prices were seen: the day of the collection, and of its last review, stand in.
DISCOGS_SEEN = "2021-06-04"
AMAZON_SEEN = "2014-07-07"

_COLUMNS = (
    "event_id", "kind", "entity_type", "entity_id", "value", "unit", "region", "occurred_at", "source", "title", "text",
    "author", "statistic", "origin", "left_out",
)  # fmt: skip
_TWICE = "'the same row twice'"


def _event(**columns: str) -> str:
    """The select list of an event: SQL per column, null for those not given."""
    return ", ".join(f"{columns.get(name, 'null')} as {name}" for name in _COLUMNS)


def _day(date: str) -> str:
    return f"{date} || 'T00:00:00Z'"


def _chart(table: str, source: str, entity_type: str, letter: str, title_key: str) -> str:
    entity = f"number_of('{letter}', name_key(performer) || '|' || {title_key}(title))"
    event = _event(
        event_id=f"'{source}-' || chart_week || '-' || current_week || '-' || entity_id",
        kind="'chart_position'",
        entity_type=f"'{entity_type}'",
        entity_id="entity_id",
        value="current_week::varchar",
        unit="'rank'",
        region="'US'",
        occurred_at=_day("chart_week"),
        source=f"'{source}'",
        origin=f"'{table}'",
        left_out=f"case when title is null then 'no title' when copy > 1 then {_TWICE} end",
    )
    return f"""
        with names as (select distinct performer, title from {table}),
        numbered as (select *, {entity} as entity_id from names),
        rows as (
            select chart_week, current_week, performer, title, entity_id,
                row_number() over (partition by chart_week, current_week, entity_id order by n) as copy
            from {table} left join numbered using (performer, title)
        )
        select {event} from rows"""


# Streams are cumulative while an artist stays in the Top 200; a fall or a gap begins a new spell.
_STREAMS_EVENT = _event(
    event_id="'spotify-' || md5(Artist) || '-' || date",
    kind="'streams'",
    entity_type="'artist'",
    entity_id="entity_id",
    value="streams::varchar",
    unit="'streams'",
    region="'global'",
    occurred_at=_day("date"),
    source="'spotify-top-200'",
    origin="'spotify_streams'",
    left_out="case when not coalesce(goes_on, false) then 'first day of a spell' end",
)
_STREAMS = f"""
    with spells as (
        select *, lag(date) over artist_days as day_before, lag(cumulative_streams) over artist_days as streams_before
        from spotify_streams window artist_days as (partition by Artist order by date)
    ),
    rows as (
        select *, number_of('A', name_key(Artist)) as entity_id, cumulative_streams - streams_before as streams,
            day_before = date - 1 and cumulative_streams >= streams_before as goes_on
        from spells
    )
    select {_STREAMS_EVENT} from rows"""

_PITCHFORK_EVENT = _event(
    event_id="'pitchfork-' || left(content, 16)",
    kind="'review'",
    entity_type="'release'",
    entity_id="entity_id",
    value="score",
    unit="'points/10'",
    occurred_at=_day("day"),
    source="'pitchfork'",
    author="reviewauthor",
    origin="'pitchfork'",
    left_out=f"case when row_number() over (partition by content order by n) > 1 then {_TWICE} end",
)
_PITCHFORK = f"""
    with rows as (
        select *, number_of('R', name_key(artist) || '|' || name_key(album)) as entity_id,
            strftime(strptime(reviewdate, '%B %d %Y'), '%Y-%m-%d') as day,
            md5(concat_ws('|', artist, album, reviewauthor, score, reviewdate)) as content
        from pitchfork
    )
    select {_PITCHFORK_EVENT} from rows"""

_AMAZON_REVIEWS_EVENT = _event(
    event_id="'amazon-' || asin || '-' || \"reviewerID\"",
    kind="'review'",
    entity_type="'release'",
    entity_id="number_of('R', 'amazon|' || asin)",
    value="overall::varchar",
    unit="'stars/5'",
    occurred_at="strftime(to_timestamp(\"unixReviewTime\"), '%Y-%m-%dT%H:%M:%SZ')",
    source="'amazon'",
    title="summary",
    text='"reviewText"',
    author='"reviewerID"',
    origin="'amazon_reviews'",
)
_AMAZON_REVIEWS = f"""
    select {_AMAZON_REVIEWS_EVENT} from amazon_reviews"""

_AMAZON_PRICES_EVENT = _event(
    event_id="'amazon-price-' || asin",
    kind="'competitor_price'",
    entity_type="'release'",
    entity_id="number_of('R', 'amazon|' || asin)",
    value="price",
    unit="'USD'",
    region="'US'",
    occurred_at=_day(f"'{AMAZON_SEEN}'"),
    source="'amazon'",
    origin="'amazon_products'",
    left_out="case when title is null then 'no title' when price is null then 'no price' end",
)
_AMAZON_PRICES = f"""
    select {_AMAZON_PRICES_EVENT} from amazon_products"""


def _discogs(kind: str, column: str, unit: str, statistic: str | None = None) -> str:
    """One measure of each row. Pressings of a release are rows of their own, and so are their prices."""
    what = statistic or kind
    event = _event(
        event_id=f"'discogs-{what}-' || left(content, 16)",
        kind=f"'{kind}'",
        entity_type="'release'",
        entity_id="number_of('R', name_key(artist) || '|' || name_key(title))",
        value=f'"{column}"',
        unit=f"'{unit}'",
        region="null",
        occurred_at=_day(f"'{DISCOGS_SEEN}'"),
        source="'discogs'",
        statistic=f"'{statistic}'" if statistic else "null",
        origin="'discogs'",
        left_out=f"case when copy > 1 then {_TWICE} when \"{column}\" is null then 'no value' end",
    )
    return f"""
        with contents as (select *, md5(concat_ws('|', *columns(* exclude (n)))) as content from discogs),
        rows as (select *, row_number() over (partition by content order by n) as copy from contents)
        select {event} from rows"""


EVENTS = {
    "billboard-200": _chart("billboard_200", "billboard-200", "release", "R", "name_key"),
    "billboard-hot-100": _chart("hot_100", "billboard-hot-100", "track", "T", "song_key"),
    "spotify-streams": _STREAMS,
    "pitchfork-reviews": _PITCHFORK,
    "amazon-reviews": _AMAZON_REVIEWS,
    "amazon-prices": _AMAZON_PRICES,
    "discogs-prices": " union all ".join(
        f"({_discogs('competitor_price', column, 'USD', statistic)})"
        for statistic, column in (
            ("lowest", "lowest_price_(USD)"),
            ("median", "median price_(USD)"),
            ("highest", "highest_price_(USD)"),
        )
    ),
    "discogs-collectors": " union all ".join(
        f"({_discogs(kind, column, 'collectors')})" for kind, column in (("owned", "have"), ("wanted", "want"))
    ),
}


def make_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `events`: the columns of an event, `made_of` and `origin`, and why it is left out, or null."""
    every = " union all ".join(f"select *, '{name}' as made_of from ({sql})" for name, sql in EVENTS.items())
    connection.execute(f"create table events as {every}")
