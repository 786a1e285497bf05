"""A quarter of weekly retrainings: a better recipe promoted, a worse one discarded, a bad one rolled back, once."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from lake.journals.models import PROMOTIONS
from ml.promotion.events import PromotionError
from ml.promotion.live import health
from resources.model_reviews import read_policy, review, roll_back_if_bad
from tests.integration.governance.toy import MODEL, START, candidate, live_rows, registry_at


def test_a_quarter(tmp_path: Path) -> None:
    policy_file = tmp_path / "policy.yml"
    policy_file.write_text(f"{MODEL}: automatic\n")
    policy, registry = read_policy(policy_file), registry_at(tmp_path / "lake")
    live = live_rows(1, "champion", START.date(), 1.0).clear()
    recipes = {0: ("base", 0.0), 3: ("better", 0.05), 6: ("worse", -0.05), 9: ("better", 0.05)}
    expected: list[tuple[dt.date, int]] = []
    kept: list[list[dict[str, object]]] = []
    for week in range(13):
        now = START + dt.timedelta(weeks=week)
        recipe, gain = recipes[max(k for k in recipes if k <= week)]
        if week >= 9:
            # The recipe that was promoted turns bad: its live loss is far above the backtest's band.
            version = registry.state(MODEL).champion
            assert version is not None
            live = pl.concat([live, live_rows(version, "champion", now.date(), 6.0)])
        registry.submit(candidate(recipe, week, gain), f"run {week}", now)
        versions = pl.DataFrame(
            [{k: row[k] for k in ("model", "version", "recipe")} for row in registry.versions(MODEL)]
        )
        losses = pl.concat(
            registry.losses(MODEL, one).with_columns(model=pl.lit(MODEL), recipe=pl.lit(one))
            for one in versions["recipe"].unique().sort()
        )
        means = losses.group_by("model", "recipe", "origin").agg(pl.col("loss").mean())
        if roll_back_if_bad(registry, MODEL, health(live, versions, means), now) is None:
            review(registry, MODEL, live, policy, now)
        state = registry.state(MODEL)
        assert state.champion is not None
        expected.append((now.date(), state.champion))
        kept.append(registry.events(MODEL))

    events = registry.events(MODEL)
    seen = [(row["event"], row["version"], row["by"]) for row in events if row["event"] not in ("review", "refit")]
    assert seen == [
        ("first", 1, "rule"),
        ("challenge", 4, "rule"),
        ("promote", 4, "policy"),
        ("challenge", 7, "rule"),
        ("discard", 7, "rule"),
        ("rollback", 3, "rule"),
        ("alert", 3, "rule"),  # the losses stay bad: no second rollback in a row
    ], seen
    assert expected[-1][1] == 3
    for day, champion in expected:
        assert registry.served_on(MODEL, day)[-1].version == champion
    for earlier in kept:
        assert events[: len(earlier)] == earlier, "rows of the past never change"
    promoted = next(row for row in events if row["event"] == "promote")
    assert "5.00% smaller" in promoted["report"]
    assert promoted["report"].endswith("Every condition holds: promote.")


def test_without_a_policy_a_winner_waits_for_a_person(tmp_path: Path) -> None:
    registry = registry_at(tmp_path)
    live = live_rows(1, "champion", START.date(), 1.0).clear()
    registry.submit(candidate("base", 0), "run", START)
    registry.submit(candidate("better", 1, 0.05), "run", START)
    assert review(registry, MODEL, live, {}, START) is not None
    assert registry.state(MODEL).champion == 1
    reviews = [row for row in registry.events(MODEL) if row["event"] == "review"]
    assert [row["why"] for row in reviews] == ["version 2 against the champion, version 1: promote"]
    registry.promote(MODEL, 2, by="Ada", why="report", at=START)
    with pytest.raises(PromotionError, match="is the champion"):
        registry.promote(MODEL, 2, by="Ada", why="again", at=START)


def test_a_second_rollback_in_a_row_is_an_alert(tmp_path: Path) -> None:
    registry = registry_at(tmp_path)
    registry.submit(candidate("a", 0), "run", START)
    registry.submit(candidate("b", 1), "run", START)
    registry.promote(MODEL, 2, by="Ada", why="w", at=START)
    registry.rollback(MODEL, by="rule", why="bad", at=START)
    bad = pl.concat(
        live_rows(1, "champion", START.date() + dt.timedelta(days=days), 9.0, entities=2) for days in (0, 7)
    )
    versions = pl.DataFrame({"model": [MODEL] * 2, "version": [1, 2], "recipe": ["a", "b"]})
    means = registry.losses(MODEL, "a").group_by("origin").agg(pl.col("loss").mean())
    rows = health(bad, versions, means.with_columns(model=pl.lit(MODEL), recipe=pl.lit("a")))
    found = roll_back_if_bad(registry, MODEL, rows, START)
    assert found is not None
    assert "no second rollback in a row" in found
    assert registry.state(MODEL).champion == 1
    assert roll_back_if_bad(registry, MODEL, rows, START) is None, "one alert for the same origins"
    assert [row["event"] for row in registry.events(MODEL)][-2:] == ["rollback", "alert"]


def test_origins_that_a_challenger_was_tuned_on_do_not_count(tmp_path: Path) -> None:
    registry = registry_at(tmp_path)
    live = live_rows(1, "champion", START.date(), 1.0).clear()
    registry.submit(candidate("base", 0), "run", START)
    tuned = registry.losses(MODEL, "base")["origin"].unique().sort().to_list()[:18]
    parameters = {"tuned_origins": [day.isoformat() for day in tuned]}
    registry.submit(candidate("searched", 1, 0.05, parameters=parameters), "run", START)
    found = review(registry, MODEL, live, {}, START)
    assert found is not None
    assert found.verdict == "wait"
    assert "at 2 origins" in found.sentences[0]


def test_the_policy_file_is_checked(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_text("forecast: yes please\n")
    with pytest.raises(ValueError, match="forecast: automatic"):
        read_policy(tmp_path / "p.yml")
    assert read_policy(None) == {}


def test_events_are_one_table_row_each(tmp_path: Path) -> None:
    registry = registry_at(tmp_path)
    registry.submit(candidate("base", 0), "run", START)
    registry.submit(candidate("base", 0), "again", START)
    registry.submit(candidate("base", 1), "run", START + dt.timedelta(weeks=1))
    rows = registry.lake.table(PROMOTIONS).read().sort("sequence").collect()
    assert rows.select("sequence", "event", "version", "champion").rows() == [(1, "first", 1, 1), (2, "refit", 2, 2)]
