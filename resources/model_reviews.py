"""Reviews of challengers and the rollback rule, on the registry's tables.

Who approves: a person (`lacquer promote`, or the Dagster job `promote_model`), or the policy file that
`LACQUER_PROMOTION_POLICY` names, YAML with a line `MODEL: automatic` for each model whose winners are promoted by rule.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.promotion.events import last_change_was_rollback, reigns, rollback_target
from resources.registry import Registry

if TYPE_CHECKING:
    import polars as pl

    from ml.promotion.decision import Decision

Row = dict[str, Any]
LIVE_HORIZON_DAYS = 30
LOOK_DAYS = 7


def read_policy(path: Path | None) -> dict[str, str]:
    """Who approves each model: `automatic` or `person`; nobody is named without a file.

    Raises:
        ValueError: the file is no mapping of models to these words.
    """
    if path is None:
        return {}
    import yaml

    found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(found, dict) or not set(found.values()) <= {"automatic", "person"}:
        raise ValueError(f"{path}: give one line per model, such as `forecast: automatic` or `forecast: person`")
    return {str(model): str(word) for model, word in found.items()}


def all_live(forecast: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Live losses of the forecast and of every other model, in one frame."""
    import polars as pl

    return pl.concat([forecast, others.select(pl.col(name).cast(kind) for name, kind in forecast.schema.items())])


def paired_losses(registry: Registry, champion: Row, challenger: Row, live: pl.DataFrame) -> pl.DataFrame:
    """Backtest losses that both recipes have, then live losses of what served and of the shadow at the same origins.

    Origins that the challenger was tuned on are left out: there it looks better than it is.
    """
    import polars as pl

    tuned = [dt.date.fromisoformat(day) for day in json.loads(challenger["parameters"]).get("tuned_origins", [])]
    model = champion["model"]
    theirs, ours = (registry.losses(model, row["recipe"]) for row in (champion, challenger))
    backtest = _paired(theirs.filter(~pl.col("origin").is_in(tuned)), ours)
    recipes = {row["version"]: row["recipe"] for row in registry.versions(model)}
    of = live.filter(pl.col("model") == model).with_columns(
        recipe=pl.col("version").replace_strict(recipes, default=None, return_dtype=pl.String), segment=pl.lit("live")
    )
    of = of.with_columns(first_loss=pl.col("loss"))
    served = of.filter((pl.col("recipe") == champion["recipe"]) & (pl.col("role") != "shadow"))
    shadow = of.filter((pl.col("recipe") == challenger["recipe"]) & (pl.col("role") == "shadow"))
    return pl.concat([backtest, _paired(served, shadow).filter(~pl.col("origin").is_in(backtest["origin"].implode()))])


def _paired(champion: pl.DataFrame, challenger: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    keys, values = ["origin", "entity"], ("loss", "first_loss", "covered")
    theirs = champion.select(*keys, "segment", *(pl.col(name).alias(f"champion_{name}") for name in values))
    ours = challenger.select(*keys, *(pl.col(name).alias(f"challenger_{name}") for name in values))
    return theirs.join(ours, on=keys)


def review(
    registry: Registry, model: str, live: pl.DataFrame, policy: Mapping[str, str], now: dt.datetime
) -> Decision | None:
    """Review the challenger, record the report, and promote or discard it; None where there is none.

    A winner is promoted where the policy says `automatic`; else the report waits for a person.
    """
    from ml.promotion.decision import decide

    state, events = registry.state(model), registry.events(model)
    if state.champion is None or state.challenger is None:
        return None
    champion, challenger = (registry.version(model, number) for number in (state.champion, state.challenger))
    version, recipe = int(challenger["version"]), challenger["recipe"]
    since = min(row["at"] for row in events if row["recipe"] == recipe and row["event"] in ("challenge", "canary"))
    pairs = paired_losses(registry, champion, challenger, live)
    horizon = json.loads(challenger["parameters"]).get("window_days", LIVE_HORIZON_DAYS)
    found = decide(pairs, horizon, weeks=(now - since).days // 7)
    before = [row for row in events if row["event"] == "review" and row["version"] == version]
    if not before or before[-1]["report"] != found.report:
        against = f"version {version} against the champion, version {state.champion}: {found.verdict}"
        registry.record(model, "review", version, by="rule", why=against, at=now, report=found.report)
    if found.verdict == "promote" and policy.get(model) == "automatic":
        why = f"loss ratio {found.ratio:.4f}, limit {found.limit:.4f}, evidence {found.evidence:.1f}"
        registry.promote(model, version, by="policy", why=why, at=now, report=found.report)
    elif found.verdict == "discard":
        registry.record(model, "discard", version, by="rule", why=found.sentences[-1], at=now, report=found.report)
    return found


def roll_back_if_bad(registry: Registry, model: str, health: pl.DataFrame, now: dt.datetime) -> str | None:
    """Roll the champion back, or raise an alert, where its loss lies above the band at two origins a week apart.

    Args:
        registry: of the lake.
        model: its name.
        health: rows of `model_health`.
        now: moment of the event.

    Returns:
        What was done, in a sentence; None where the champion is within its band.
    """
    import polars as pl

    from ml.promotion.eprocess import apart

    events = registry.events(model)
    champion = registry.champion(model)
    if champion is None:
        return None
    versions = [row["version"] for row in registry.versions(model) if row["recipe"] == champion["recipe"]]
    began = _began(registry, model, champion["recipe"])
    mine = (pl.col("model") == model) & pl.col("version").is_in(versions) & (pl.col("role") == "champion")
    rows = health.filter(mine & (pl.col("origin") >= began.date())).sort("origin")
    last = rows.filter(pl.col("origin").is_in(apart(rows["origin"].to_list(), LOOK_DAYS)))[-2:]
    if last.height < 2 or not all(last["is_above"]):
        return None
    first, second = last["origin"].to_list()
    why = f"live loss above the backtest's band at {first} and {second}"
    version = int(champion["version"])
    if last_change_was_rollback(events, model) or rollback_target(events, model) is None:
        if any(row["event"] == "alert" and row["why"].startswith(why) for row in events):
            return None
        why = f"{why}; no second rollback in a row, a person decides"
        registry.record(model, "alert", version, by="rule", why=why, at=now)
        return f"Alert for {model} version {version}: {why}."
    target = registry.rollback(model, by="rule", why=why, at=now)
    return f"Rolled {model} back from version {version} to {target}: {why}."


def _began(registry: Registry, model: str, recipe: str) -> dt.datetime:
    """Since when versions of the recipe have served without a break."""
    recipes = {row["version"]: row["recipe"] for row in registry.versions(model)}
    began: dt.datetime | None = None
    for reign in reversed(reigns(registry.events(model), model)):
        if recipes[reign.version] != recipe:
            break
        began = reign.since
    assert began is not None, "the recipe of the champion serves"
    return began
