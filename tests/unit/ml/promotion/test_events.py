"""What served when, from events alone, beside a direct reading of the same story."""

import datetime as dt
import random
from typing import Any

import pytest

from ml.promotion.events import (
    SERVES,
    PromotionError,
    State,
    next_event,
    reigns,
    rollback_target,
    rolled_back_from,
    served_on,
    state_of,
)

START = dt.datetime(2026, 1, 1, 5, tzinfo=dt.UTC)


def story(*steps: tuple[str, int, str, int]) -> list[dict[str, Any]]:
    """Events from (event, version, recipe, day)."""
    rows: list[dict[str, Any]] = []
    for event, version, recipe, day in steps:
        at = START + dt.timedelta(days=day)
        rows.append(next_event(rows, "m", event, version, recipe, by="test", why="story", at=at))
    return rows


def test_a_day_is_answered_with_every_version_that_served_on_it() -> None:
    rows = story(("first", 1, "a", 0), ("challenge", 2, "b", 3), ("promote", 2, "b", 10), ("rollback", 1, "a", 20))
    rows.append(next_event(rows, "m", "promote", 2, "b", by="t", why="w", at=START + dt.timedelta(days=20, hours=2)))

    def versions(day: int) -> list[int]:
        return [one.version for one in served_on(rows, "m", (START + dt.timedelta(days=day)).date())]

    assert [versions(day) for day in (-1, 0, 9, 10, 11, 19, 20, 21)] == [
        [],
        [1],
        [1],
        [1, 2],
        [2],
        [2],
        [2, 1, 2],
        [2],
    ]
    assert state_of(rows, "m") == State(champion=2)


def test_a_rollback_leaves_the_recipe_and_not_only_the_fit() -> None:
    rows = story(("first", 1, "a", 0), ("refit", 2, "a", 7), ("challenge", 3, "b", 8), ("promote", 3, "b", 9))
    rows += [next_event(rows, "m", "refit", 4, "b", by="rule", why="w", at=START + dt.timedelta(days=16))]
    assert rollback_target(rows, "m") == 2
    rows += [next_event(rows, "m", "rollback", 2, "a", by="rule", why="w", at=START + dt.timedelta(days=17))]
    assert rolled_back_from(rows, "m") == {4}
    with pytest.raises(PromotionError, match="rolled back"):
        next_event(rows, "m", "refit", 4, "b", by="rule", why="w", at=START + dt.timedelta(days=18))
    only_refits = story(("first", 1, "a", 0), ("refit", 2, "a", 7))
    assert rollback_target(only_refits, "m") == 1
    assert rollback_target(story(("first", 1, "a", 0)), "m") is None


def test_random_stories_have_one_champion_at_every_moment() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows: list[dict[str, Any]] = []
    truth: list[tuple[dt.datetime, int]] = []
    for step in range(120):
        event = rng.choice(["first", "refit", "promote", "rollback", "challenge", "shadow", "canary", "discard"])
        version, at = rng.randint(1, 6), START + dt.timedelta(hours=6 * step)
        try:
            rows.append(next_event(rows, "m", event, version, f"r{version % 3}", by="t", why="w", at=at, share=0.1))
        except PromotionError:
            continue
        if event in SERVES:
            truth.append((at, version))
    for hour in range(0, 720, 7):
        moment = START + dt.timedelta(hours=hour)
        expected = [version for at, version in truth if at <= moment][-1:]
        found = [r.version for r in reigns(rows, "m") if r.since <= moment and (r.until is None or moment < r.until)]
        assert found == expected, (seed, hour)
    if truth:
        assert state_of(rows, "m").champion == truth[-1][1] == rows[-1]["champion"]


def test_a_clock_that_goes_back_does_not_reorder_the_past() -> None:
    rows = story(("first", 1, "a", 5))
    rows.append(next_event(rows, "m", "promote", 2, "b", by="t", why="w", at=START))
    assert rows[1]["at"] == rows[0]["at"]
    assert [one.version for one in served_on(rows, "m", rows[0]["at"].date())] == [2]
