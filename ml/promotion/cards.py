"""Model cards: what a version is, what it was fitted on, and how good its recipe was, with figures by segment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from ml.promotion.governed import GovernedModel


def figures(losses: pl.DataFrame) -> dict[str, Any]:
    """Mean loss, ratio to the simple rule and coverage, of all and by segment; empty without losses.

    >>> day = dt.date(2026, 1, 1)
    >>> frame = pl.DataFrame({"origin": [day], "segment": ["a"], "loss": [1.0], "rival_loss": [2.0], "covered": [1.0]})
    >>> figures(frame)["all"]["ratio_to_rival"]
    0.5
    """
    if losses.is_empty():
        return {}
    found = {"all": _of(losses)}
    for (segment,), rows in sorted(losses.partition_by("segment", as_dict=True).items()):
        found[str(segment)] = _of(rows)
    return found


def _of(rows: pl.DataFrame) -> dict[str, Any]:
    loss, rival = float(rows["loss"].sum()), float(rows["rival_loss"].sum())
    covered = rows["covered"].drop_nulls()
    return {
        "n": rows.height,
        "origins": rows["origin"].n_unique(),
        "loss": round(loss / rows.height, 6),
        "ratio_to_rival": round(loss / rival, 6) if rival > 0 else None,
        "coverage": round(float(covered.mean()), 6) if len(covered) else None,  # type: ignore[arg-type]
    }


def forecast_card(
    recipe: str, origin: dt.date, parameters: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]
) -> str:
    """The card of a forecast version, Markdown."""
    lines = [
        f"# Forecast, recipe {recipe}",
        "",
        "**Use.** Units and revenue of each release over 30, 60 and 90 days, with P10, P50 and P90. Not for single"
        " orders or single shops.",
        f"**Data.** Daily sales, catalogue, prices, stock and signals known on {origin}.",
        "**Method.** LightGBM, simple rules and their ensemble; per segment the best of the backtest serves.",
        "**Limits.** Releases of one origin share the market's mood; windows of neighbouring origins overlap.",
        f"**Parameters other than the default.** {dict(parameters.get('overrides', {})) or 'none'}.",
        "",
    ]
    return "\n".join([*lines, *figure_table(metrics)])


def model_card(model: GovernedModel, recipe: str, origin: dt.date, metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """The card of a version of any other governed model, Markdown."""
    lines = [
        f"# {model.name}, recipe {recipe}",
        "",
        f"**Use.** {model.use}",
        f"**Data.** What was known on {origin}.",
        f"**Simple rule.** {model.rival}.",
        f"**Loss.** The {model.loss}, over {model.window_days} days after each origin.",
        "",
    ]
    return "\n".join([*lines, *figure_table(metrics)])


def figure_table(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The figures as lines of a Markdown table; a sentence where there are none."""
    if not metrics:
        return ["No backtest has been run yet, so there are no figures."]
    lines = ["| segment | n | origins | loss | loss / simple rule | at or below P90 |", "|---|---|---|---|---|---|"]
    for name, row in metrics.items():
        ratio, coverage = (_text(row[key]) for key in ("ratio_to_rival", "coverage"))
        lines.append(f"| {name} | {row['n']} | {row['origins']} | {row['loss']:.4f} | {ratio} | {coverage} |")
    return lines


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
