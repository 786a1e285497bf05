"""Chart positions, streams, reviews and prices as signal events, each with its fate: landed, or left out and why.

An event is about the number that follows from its names, whether or not the catalogue knows that number: the charts
land whole, and how many of them meet a release is for gold to say.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import duckdb

# Neither set says when its prices were seen: the day of the collection, and of its last review, stand in.
DISCOGS_SEEN = "2021-06-04"
AMAZON_SEEN = "2014-07-07"

_COLUMNS = (
    "event_id", "kind", "entity_type", "entity_id", "value", "unit", "region", "occurred_at", "source", "title", "text",
    "author", "statistic", "origin", "left_out",
)  # fmt: skip
_TWICE = "'the same row twice'"


@dataclass(frozen=True)
class Measure:
    """What is the same of every event of a kind: what is measured, of what, where, by whom, and from which table."""

    kind: str
    entity_type: str
    unit: str
    source: str
    origin: str
    region: str | None = None
    statistic: str | None = None


def _events(measure: Measure, rows: str, **columns: str) -> str:
    """The SELECT of events from a SELECT of rows: SQL per column beside what the measure says, null for the others."""
    said = {name: f"'{text}'" for name, text in asdict(measure).items() if text is not None} | columns
    listed = ", ".join(f"{said.get(name, 'null')} as {name}" for name in _COLUMNS)
    return f"with rows as ({rows}) select {listed} from rows"


def _day(date: str) -> str:
    return f"{date} || 'T00:00:00Z'"


def _chart(table: str, source: str, entity_type: str, letter: str, title_key: str) -> str:
    entity = f"number_of('{letter}', name_key(performer) || '|' || {title_key}(title))"
    return _events(
        Measure("chart_position", entity_type, "rank", source, table, region="US"),
        f"""
        with names as (select distinct performer, title from {table}),
        numbered as (select *, {entity} as entity_id from names)
        select chart_week, current_week, performer, title, entity_id,
            row_number() over (partition by chart_week, current_week, entity_id order by n) as copy
        from {table} left join numbered using (performer, title)""",
        event_id=f"'{source}-' || chart_week || '-' || current_week || '-' || entity_id",
        entity_id="entity_id",
        value="current_week::varchar",
        occurred_at=_day("chart_week"),
        left_out=f"case when title is null then 'no title' when copy > 1 then {_TWICE} end",
    )


# Streams are cumulative while an artist stays in the Top 200; a fall or a gap begins a new spell.
_STREAMS = _events(
    Measure("streams", "artist", "streams", "spotify-top-200", "spotify_streams", region="global"),
    """
    with spells as (
        select *, lag(date) over artist_days as day_before, lag(cumulative_streams) over artist_days as streams_before
        from spotify_streams window artist_days as (partition by Artist order by date)
    )
    select *, number_of('A', name_key(Artist)) as entity_id, cumulative_streams - streams_before as streams,
        day_before = date - 1 and cumulative_streams >= streams_before as goes_on
    from spells""",
    event_id="'spotify-' || md5(Artist) || '-' || date",
    entity_id="entity_id",
    value="streams::varchar",
    occurred_at=_day("date"),
    left_out="case when not coalesce(goes_on, false) then 'first day of a spell' end",
)

_PITCHFORK = _events(
    Measure("review", "release", "points/10", "pitchfork", "pitchfork"),
    """
    select *, number_of('R', name_key(artist) || '|' || name_key(album)) as entity_id,
        strftime(strptime(reviewdate, '%B %d %Y'), '%Y-%m-%d') as day,
        md5(concat_ws('|', artist, album, reviewauthor, score, reviewdate)) as content
    from pitchfork""",
    event_id="'pitchfork-' || left(content, 16)",
    entity_id="entity_id",
    value="score",
    occurred_at=_day("day"),
    author="reviewauthor",
    left_out=f"case when row_number() over (partition by content order by n) > 1 then {_TWICE} end",
)

_AMAZON_RELEASE = "number_of('R', 'amazon|' || asin)"
_AMAZON_REVIEWS = _events(
    Measure("review", "release", "stars/5", "amazon", "amazon_reviews"),
    "from amazon_reviews",
    event_id="'amazon-' || asin || '-' || \"reviewerID\"",
    entity_id=_AMAZON_RELEASE,
    value="overall::varchar",
    occurred_at="strftime(to_timestamp(\"unixReviewTime\"), '%Y-%m-%dT%H:%M:%SZ')",
    title="summary",
    text='"reviewText"',
    author='"reviewerID"',
)
_AMAZON_PRICES = _events(
    Measure("competitor_price", "release", "USD", "amazon", "amazon_products", region="US"),
    "from amazon_products",
    event_id="'amazon-price-' || asin",
    entity_id=_AMAZON_RELEASE,
    value="price",
    occurred_at=_day(f"'{AMAZON_SEEN}'"),
    left_out="case when title is null then 'no title' when price is null then 'no price' end",
)


def _discogs(kind: str, column: str, unit: str, statistic: str | None = None) -> str:
    """One measure of each row. Pressings of a release are rows of their own, and so are their prices."""
    return _events(
        Measure(kind, "release", unit, "discogs", "discogs", statistic=statistic),
        """
        with contents as (select *, md5(concat_ws('|', *columns(* exclude (n)))) as content from discogs)
        select *, row_number() over (partition by content order by n) as copy from contents""",
        event_id=f"'discogs-{statistic or kind}-' || left(content, 16)",
        entity_id="number_of('R', name_key(artist) || '|' || name_key(title))",
        value=f'"{column}"',
        occurred_at=_day(f"'{DISCOGS_SEEN}'"),
        left_out=f"case when copy > 1 then {_TWICE} when \"{column}\" is null then 'no value' end",
    )


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
