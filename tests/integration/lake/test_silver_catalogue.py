"""Labels and tracks follow the PIM; reviews and competitors' prices are signals with a table of their own."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from assets.bronze import pim_objects, signal_events
from assets.silver import FEEDS
from assets.silver.competitor_prices import COMPETITOR_PRICES
from assets.silver.labels import LABELS
from assets.silver.mentions import MENTIONS
from assets.silver.reviews import REVIEWS
from assets.silver.signals import SIGNALS
from assets.silver.tracks import TRACKS
from lake.contract import Contract
from lake.ingest.bronze import take_in
from lake.lakehouse import Lake
from lake.silver.integrity import balance
from lake.silver.refresh import Refreshed, refresh
from tests.lake_builders import dead_letters, land, new_session, rows

KEY = "0123456789abcdef0123456789abcdef"
NODE = {"id": "5", "fullpath": "/x", "modificationDate": 1262304000, "published": True}
REVIEW = {
    "event_id": "V1",
    "kind": "review",
    "entity_type": "release",
    "entity_id": "R1",
    "value": 4,
    "unit": "stars/5",
    "region": None,
    "occurred_at": "2010-12-31T00:00:00Z",
    "source": "a shop",
    "title": "Cut deep",
    "text": "First line.\nThe B side is better, says ada@example.org.",
    "author": "J. Doe",
}
PRICE = {
    "event_id": "P1",
    "kind": "competitor_price",
    "entity_type": "release",
    "entity_id": "R1",
    "value": "12.99",
    "unit": "EUR",
    "occurred_at": "2010-12-31T06:00:00Z",
    "source": "a shop",
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def load(lake: Lake, stream: str, *contracts: Contract) -> list[Refreshed]:
    session = new_session(lake)
    bronze = {"pim": pim_objects, "signals": signal_events}[stream]
    contract = pim_objects.PIM_OBJECTS if stream == "pim" else signal_events.SIGNAL_EVENTS
    assert take_in(lake, session, contract, bronze.DOOR, lake.root / "landing" / stream).is_balanced
    answers = []
    for silver in contracts:
        done = refresh(lake, session, silver, FEEDS[silver.name], pseudonym_key=KEY)
        assert balance(lake, lake.table(silver), silver, FEEDS[silver.name], done.version).passed
        answers.append(done)
    return answers


def test_labels_and_tracks_are_classes_of_their_own(lake: Lake) -> None:
    track = {**NODE, "classname": "Track", "trackId": "T1", "title": "Side A", "artist": {"id": "7", "artistId": "A7"}}
    lines = [
        {**NODE, "classname": "Label", "labelId": "L1", "name": "Run-out Groove", "country": None},
        {**NODE, "classname": "Label", "labelId": "L2", "name": None},
        {**track, "release": {"id": "1", "releaseId": "R1"}, "position": 1, "durationMs": 215_000, "bpm": 124.5},
        {**track, "trackId": "T2", "release": None, "bpm": "0"},
        {**track, "trackId": "T3", "release": None, "artist": None, "bpm": None, "musicalKey": "Eb:minor"},
        {**track, "trackId": "T4", "position": 0},
        {**track, "trackId": "T4", "modificationDate": 1262304001, "event": "delete"},
    ]
    land(lake, "1.jsonl", [json.dumps(line) for line in lines], "pim")
    labels, tracks = load(lake, "pim", LABELS, TRACKS)

    assert [(row["label_id"], row["name"]) for row in rows(lake, "silver/labels")] == [("L1", "Run-out Groove")]
    shown = [
        tuple(row[name] for name in ("track_id", "artist_id", "release_id", "duration_ms", "bpm", "musical_key"))
        for row in rows(lake, "silver/tracks")
    ]
    assert shown == [("T1", "A7", "R1", 215_000, 124.5, None), ("T3", None, None, None, None, "Eb:minor")]
    assert [(letter["batch_line"], letter["reason"]) for letter in dead_letters(lake, "silver/tracks")] == [
        (4, "bpm is below 1"),
        (6, "position is below 1"),
    ]
    assert (labels.unknown, tracks.unknown, tracks.batch.deleted) == ((), (), 1)


def test_a_review_is_a_signal_too_and_its_author_a_pseudonym(lake: Lake) -> None:
    lines = [
        REVIEW,
        REVIEW,
        {**REVIEW, "event_id": "V2", "value": "8.1", "unit": "points/10", "text": None, "author": None},
        {**REVIEW, "event_id": "V3", "value": 5.5},
        {**REVIEW, "event_id": "V4", "unit": "thumbs"},
        {**REVIEW, "event_id": "V5", "entity_type": "track"},
    ]
    land(lake, "1.jsonl", [json.dumps(line) for line in lines], "signals")
    reviews, signals = load(lake, "signals", REVIEWS, SIGNALS)

    first, second = rows(lake, "silver/reviews")
    assert (first["review_id"], first["rating"], first["rating_share"]) == ("V1", 4.0, 0.8)
    assert first["text"] == "First line.\nThe B side is better, says [e-mail]."
    assert first["author"] is not None
    assert "Doe" not in first["author"]
    assert (second["rating"], second["unit"], second["author"]) == (8.1, "points/10", None)
    assert second["rating_share"] == pytest.approx(0.81)
    assert [letter["reason"] for letter in dead_letters(lake, "silver/reviews")] == [
        "rating is above the top of its scale",
        "unit is none of points/10, stars/5",
        "entity_type is none of release, artist",
    ]
    assert [row["event_id"] for row in rows(lake, "silver/signals")] == ["V1", "V2", "V3", "V4", "V5"]
    assert (reviews.unknown, signals.unknown) == ((), ())


def test_a_mention_has_its_text_and_keeps_no_address(lake: Lake) -> None:
    post = {**REVIEW, "event_id": "M1", "kind": "mention", "value": 1, "unit": "posts", "raw": {"id": "1", "score": 3}}
    del post["author"]
    counted = {**post, "event_id": "M2", "kind": "mentions", "value": 41}
    land(lake, "1.jsonl", [json.dumps(line) for line in (post, counted)], "signals")
    mentions, signals = load(lake, "signals", MENTIONS, SIGNALS)

    (row,) = rows(lake, "silver/mentions")
    assert (row["mention_id"], row["entity_id"], row["title"]) == ("M1", "R1", "Cut deep")
    assert row["text"] == "First line.\nThe B side is better, says [e-mail]."
    assert [row["value"] for row in rows(lake, "silver/signals")] == [1, 41]
    assert (mentions.unknown, signals.unknown) == ((), ())


def test_a_competitor_without_stock_stays_among_the_prices(lake: Lake) -> None:
    gone = {**PRICE, "event_id": "P2", "availability": "out_of_stock"}
    odd = {**PRICE, "event_id": "P3", "availability": "maybe"}
    land(lake, "1.jsonl", [json.dumps(line) for line in (PRICE, gone, odd)], "signals")
    prices, signals = load(lake, "signals", COMPETITOR_PRICES, SIGNALS)

    assert [row["availability"] for row in rows(lake, "silver/competitor_prices")] == [None, "out_of_stock"]
    assert [letter["reason"] for letter in dead_letters(lake, "silver/competitor_prices")] == [
        "availability is none of in_stock, out_of_stock"
    ]
    assert (prices.unknown, signals.unknown) == ((), ())


def test_a_competitors_price_is_a_decimal_with_its_currency(lake: Lake) -> None:
    lines = [
        PRICE,
        {**PRICE, "event_id": "P2", "value": "0.00005", "unit": "USD", "statistic": "lowest", "condition": "used"},
        {**PRICE, "event_id": "P3", "value": 19.9},
        {**PRICE, "event_id": "P4", "unit": "euro"},
        {**PRICE, "event_id": "P5", "value": "-1"},
        {**PRICE, "event_id": "P6", "statistic": "mean"},
        {**PRICE, "event_id": "P7", "entity_type": "artist"},
    ]
    land(lake, "1.jsonl", [json.dumps(line) for line in lines], "signals")
    (prices,) = load(lake, "signals", COMPETITOR_PRICES)

    shown = [(row["price"], row["currency"], row["statistic"]) for row in rows(lake, "silver/competitor_prices")]
    assert shown == [
        (Decimal("12.9900"), "EUR", None),
        (Decimal("0.0001"), "USD", "lowest"),
        (Decimal("19.9000"), "EUR", None),
    ]
    assert [letter["reason"] for letter in dead_letters(lake, "silver/competitor_prices")] == [
        "currency is no ISO 4217 code of three capital letters",
        "price is below 0",
        "statistic is none of lowest, median, highest",
        "entity_type is none of release",
    ]
    assert prices.unknown == ()
