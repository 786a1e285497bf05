"""The promotion rule: one pure function from paired losses to a verdict with its reasons in sentences.

A challenger is promoted when all of this holds: its loss is at least 1% smaller and the upper limit of the ratio is
below 1 (two-way resampling); the evidence over non-overlapping origins has reached 20 at some look (`eprocess`); no
segment is worse; its coverage is within 3 points of the nominal, or nearer to it than the champion's. It is discarded
when the evidence that it is worse reaches 20, or when its time is over. Otherwise it waits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import polars as pl

from ml.promotion.eprocess import ENOUGH, bets, evidence
from ml.promotion.resampling import Ratio, ratio_of_losses

Verdict = Literal["promote", "wait", "discard"]
LEAST_GAIN = 0.01
LEAST_ROWS = 200  # of a segment, below which it cannot block
SEGMENT_TOLERANCE = 0.05  # a segment whose loss grows by more blocks even where its limit cannot exclude chance
NOMINAL = 0.9
COVERAGE_POINTS = 0.03
PATIENCE_WEEKS = 26


@dataclass(frozen=True)
class Decision:
    """The verdict, its report, and the figures it rests on."""

    verdict: Verdict
    sentences: tuple[str, ...]
    ratio: float
    limit: float
    evidence: float
    evidence_against: float

    @property
    def report(self) -> str:
        """The sentences, one a line."""
        return "\n".join(self.sentences)


def decide(
    pairs: pl.DataFrame, horizon_days: int = 30, weeks: int = 0, nominal: float = NOMINAL, resamples: int = 1_000
) -> Decision:
    """Whether the challenger replaces the champion.

    Args:
        pairs: [origin, entity, segment, champion_loss, challenger_loss, champion_covered, challenger_covered] and
            optionally champion_first_loss, challenger_first_loss: the losses over the shortest horizon, for the bets.
        horizon_days: length of the windows that the bets are about.
        weeks: how long the challenger has been one; after 26 it is discarded.
        nominal: share of outcomes that should lie at or below the stated bound.
        resamples: of the two-way resampling.
    """
    if pairs.is_empty():
        none = ("Champion and challenger have no origin in common yet, so there is nothing to compare.",)
        return Decision("discard" if weeks >= PATIENCE_WEEKS else "wait", none, math.nan, math.nan, 1.0, 1.0)
    whole = ratio_of_losses(pairs, resamples)
    placed = bets(_of_bets(pairs), horizon_days)["log_ratio"].to_list()
    wealth, against = _highest(placed), _highest([-x for x in placed])
    found = [_gain(whole), _evidence(wealth, len(placed), horizon_days), _segments(pairs, resamples)]
    found.append(_coverage(pairs, nominal))
    passed = all(ok for ok, _ in found)
    verdict: Verdict = "promote" if passed else "wait"
    last = "Every condition holds: promote." if passed else "Not every condition holds: the champion stays."
    if not passed and against >= ENOUGH:
        verdict, last = "discard", f"The evidence that it is worse has reached {against:.1f}: discard."
    elif not passed and weeks >= PATIENCE_WEEKS:
        verdict, last = "discard", f"It has been the challenger for {weeks} weeks without winning: discard."
    sentences = (*(text for _, text in found), last)
    return Decision(verdict, sentences, whole.ratio, whole.high, wealth, against)


def _of_bets(pairs: pl.DataFrame) -> pl.DataFrame:
    names = ("champion_first_loss", "challenger_first_loss")
    if not set(names) <= set(pairs.columns):
        return pairs
    known = pairs.drop("champion_loss", "challenger_loss").drop_nulls(names)
    return known.rename({name: name.replace("_first", "") for name in names})


def _highest(log_ratios: list[float]) -> float:
    return float(evidence(log_ratios).max(initial=1.0))


def _gain(whole: Ratio) -> tuple[bool, str]:
    ok = whole.ratio <= 1 - LEAST_GAIN and whole.high < 1
    what = "smaller" if whole.ratio < 1 else "larger"
    text = (
        f"Over {whole.n} pairs at {whole.origins} origins its loss is {abs(1 - whole.ratio):.2%} {what} (ratio"
        f" {whole.ratio:.4f}, 95% limit {whole.high:.4f}); needed are at least {LEAST_GAIN:.0%} and a limit below 1:"
        f" {_word(ok)}."
    )
    return ok, text


def _evidence(wealth: float, n: int, days: int) -> tuple[bool, str]:
    ok = wealth >= ENOUGH
    at = f"{n} origins at least {days} days apart"
    text = f"The evidence over {at} has reached {wealth:.1f} of {ENOUGH:.0f}: {_word(ok)}."
    return ok, text


def _segments(pairs: pl.DataFrame, resamples: int) -> tuple[bool, str]:
    worse = []
    for (segment,), rows in sorted(pairs.partition_by("segment", as_dict=True).items()):
        if rows.height < LEAST_ROWS:
            continue
        one = ratio_of_losses(rows, resamples)
        if one.ratio > 1 and (one.low > 1 or one.ratio > 1 + SEGMENT_TOLERANCE):
            worse.append(f"{segment} (ratio {one.ratio:.4f})")
    return not worse, f"Worse in segments: {'; '.join(worse)}." if worse else "No segment is worse: holds."


def _coverage(pairs: pl.DataFrame, nominal: float) -> tuple[bool, str]:
    means = [pairs[f"{who}_covered"].drop_nulls().mean() for who in ("champion", "challenger")]
    if means[1] is None:
        return True, "It states no bound, so there is no coverage to check."
    ours, theirs = float(means[1]), None if means[0] is None else float(means[0])  # type: ignore[arg-type]
    near = abs(ours - nominal) <= COVERAGE_POINTS + 1e-12
    nearer = theirs is not None and abs(ours - nominal) <= abs(theirs - nominal)
    champion = "" if theirs is None else f", the champion's {theirs:.1%}"
    text = f"Its coverage is {ours:.1%}{champion}, nominal {nominal:.0%}, allowed 3 points: {_word(near or nearer)}."
    return near or nearer, text


def _word(ok: bool) -> str:
    return "holds" if ok else "does not hold"
