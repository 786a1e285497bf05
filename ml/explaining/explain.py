"""Every forecast's reasons: base plus contributions equals the P50 that is served.

A model's forecast starts from the release's own pace (`level` times the horizon, snapshot.py). Its peers, the releases
of its size that sold in the last 90 days (or those that did not), move on average in some way from their pace: that is
the usual course, with the step from the point forecast to the calibrated median and what keeps a forecast above zero
and above the shorter horizon. Then comes what sets this release apart from its peers, feature by feature: SHAP values
less the peers' mean. Within an ensemble, a weighted mean of logarithms, the trees count by their weight, and each
simple rule by its weight times its own move from the pace, as the reason `rules`. The forecast of a simple rule starts
from the rule, and its usual course is the step to the median.

Belongs here: rows of reasons for a served forecast. Does not belong here: words (words.py) and tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.evaluation.arrays import Floats
from ml.explaining.decomposition import in_units
from ml.explaining.facts import Facts, against, amount
from ml.explaining.phrases import opening
from ml.explaining.words import reason_of, sentence
from ml.forecasting.features import features_at
from ml.forecasting.forecaster import Model
from ml.forecasting.history import ENSEMBLE, LIGHTGBM, History, Weights
from ml.forecasting.rivals import RIVALS

Texts = Mapping[str, Mapping[str, str | None]]
STRONGEST = 5
SIZES = 5  # groups of active releases by pace; peers are of one group
BASE, COURSE = "base", "usual_course"
SCHEMA = {
    "unique_id": pl.String,
    "origin": pl.Date,
    "horizon": pl.Int32,
    "rank": pl.Int32,
    "reason": pl.String,
    "units": pl.Float64,
    "words": pl.String,
}
_RULES = {
    "naive": "repeats the last {h} days: {u} units",
    "seasonal_naive": "repeats the same {h} days a year ago: {u} units",
    "mean_28": "goes on as in the last 28 days: {u} units in {h} days",
    "tsb": "sells as often, and as many at a time, as it has lately: {u} units in {h} days",
    "ensemble": "the mean of simple rules: {u} units in {h} days",
    "zero": "has never sold a unit",
    "cold_start": "by past launches like it: {u} units in {h} days",
    "blend": "by past launches like it and its own first days: {u} units in {h} days",
}


@dataclass(frozen=True)
class _Part:
    """Forecasts of one horizon and one model.

    base (n,); units per reason (n, k), the usual course last; the usual course as a ratio (n,); and the column that
    speaks for each of the other reasons (n, k - 1).
    """

    rows: NDArray[np.int64]
    base: Floats
    units: Floats
    reasons: tuple[str, ...]
    course: Floats
    speaker: NDArray[np.int64]
    columns: tuple[str, ...]


def explain(model: Model, history: History, day: int, served: pl.DataFrame, texts: Texts | None = None) -> pl.DataFrame:
    """The reasons of the served forecasts of one day, strongest first.

    Args:
        model: the fit that was served.
        history: of the sales up to the day, as `open_history` makes it.
        day: the origin, counted in the history.
        served: [unique_id, horizon, model, p50] in units, of releases that the history forecasts.
        texts: the catalogue's words by column (genre, format) and release.

    Returns:
        [unique_id, origin, horizon, rank, reason, units, words]: rank 0 is the base, then the contributions by size;
        `words` of the base and the five strongest. The units of one forecast add up to its P50.
    """
    known = history.snapshot(day)
    ids = history.panel.ids.filter(pl.Series(known.member))
    features = {n: v[known.member] for n, v in features_at(history.panel, history.catalogue, day).items()}
    by_column = {name: [said.get(one) for one in ids] for name, said in (texts or {}).items()}
    facts = Facts(history.panel.date_of(day), 0, known.level[known.member], features, by_column)
    horizons = sorted(served["horizon"].unique())
    frames = []
    rows_of = served.join(ids.to_frame("unique_id").with_row_index("row"), on="unique_id", how="left")
    with ThreadPoolExecutor(1) as ahead:  # the trees are taken apart beside the words of the horizon before
        of_trees = ahead.map(lambda horizon: _apart(model, history, day, horizon), horizons)
        for horizon, apart in zip(horizons, of_trees, strict=True):
            rows = rows_of.filter(pl.col("horizon") == horizon).sort("unique_id")
            at = replace(facts, horizon=horizon)
            for (name,), some in rows.group_by("model", maintain_order=True):
                said, logs = at, apart
                if name == ENSEMBLE and logs is not None:
                    said, logs = _mixed(model.weights["units", horizon], at, history, day, logs)
                frames.append(_one_model(str(name), some, said, history, day, logs))
    return pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA)


def _apart(model: Model, history: History, day: int, horizon: int) -> tuple[Floats, tuple[str, ...]] | None:
    """Log contributions (n, columns) of the members' features against their peers' mean; None without trees."""
    matrix, names = history.design(day, horizon)
    booster = model.boosters.get(horizon)
    if booster is None or not len(matrix):
        return None
    found = booster.trees.predict(matrix, pred_contrib=True, num_threads=model.settings.num_threads)
    parts = np.asarray(found, dtype=np.float64)[:, :-1]
    group = _peers(history, day)
    for one in np.unique(group):
        parts[group == one] -= parts[group == one].mean(axis=0)
    return parts, names


def _mixed(
    weights: Weights, facts: Facts, history: History, day: int, of_trees: tuple[Floats, tuple[str, ...]]
) -> tuple[Facts, tuple[Floats, tuple[str, ...]]]:
    """The same for the ensemble, a weighted mean of logarithms: its share of the features, and each rule's own move."""
    member = history.snapshot(day).member
    rules = {name: RIVALS[name](history.panel, "units", day, facts.horizon).value[member] for name in RIVALS}
    start = np.log1p(facts.level * facts.horizon)
    moves = [weights.get(name, 0.0) * (np.log1p(value) - start) for name, value in rules.items()]
    logs, names = of_trees
    known = {**facts.features, **{f"rule_{name}": value for name, value in rules.items()}}
    columns = np.column_stack([weights.get(LIGHTGBM, 0.0) * logs, *moves])
    return replace(facts, features=known), (columns, (*names, *(f"rule_{name}" for name in rules)))


def _peers(history: History, day: int) -> NDArray[np.int64]:
    """The group of each member: active releases by fifths of their pace, dormant ones together."""
    known = history.snapshot(day)
    level, active = known.level[known.member], known.active[known.member]
    group = np.full(len(level), -1, dtype=np.int64)
    if active.any():
        edges = np.quantile(level[active], np.arange(1, SIZES) / SIZES)
        group[active] = np.searchsorted(edges, level[active])
    return group


def _one_model(
    name: str,
    some: pl.DataFrame,
    facts: Facts,
    history: History,
    day: int,
    of_trees: tuple[Floats, tuple[str, ...]] | None,
) -> pl.DataFrame:
    rows = some["row"].cast(pl.Int64).fill_null(-1).to_numpy()
    p50 = some["p50"].to_numpy()
    if name in (LIGHTGBM, ENSEMBLE) and of_trees is not None and (rows >= 0).all():
        part = _by_feature(rows, p50, facts, *of_trees)
        said: str | None = None
    else:
        part = _by_rule(name, rows, p50, facts, history, day)
        rule = "blend" if name.endswith("+ cold_start") else name.split(" (")[0]
        said = _RULES.get(rule, f"{rule.replace('_', ' ')}: {{u}} units in {{h}} days")
    return _frame(part, some["unique_id"], facts, said)


def _by_feature(rows: NDArray[np.int64], p50: Floats, facts: Facts, logs: Floats, names: Sequence[str]) -> _Part:
    logs = logs[rows]
    reasons = tuple(dict.fromkeys(reason_of(name) for name in names))
    column_of = np.array([reasons.index(reason_of(name)) for name in names])
    grouped = np.column_stack([logs[:, column_of == k].sum(axis=1) for k in range(len(reasons))])
    own = [np.flatnonzero(column_of == k) for k in range(len(reasons))]
    # The strongest column that pulls the way the whole reason pulls.
    speaker = np.column_stack(
        [own[k][(logs[:, own[k]] * np.sign(grouped[:, [k]])).argmax(axis=1)] for k in range(len(reasons))]
    )
    base = facts.level[rows] * facts.horizon
    course = (p50 + 1) / (base + 1) / np.exp(grouped.sum(axis=1))
    return _Part(rows, base, in_units(grouped, base, p50), (*reasons, COURSE), course, speaker, tuple(names))


def _by_rule(name: str, rows: NDArray[np.int64], p50: Floats, facts: Facts, history: History, day: int) -> _Part:
    rule = name.split(" (")[0]
    base = p50
    if rule in RIVALS and (rows >= 0).all():
        member = history.snapshot(day).member
        base = RIVALS[rule](history.panel, "units", day, facts.horizon).value[member][rows]
    units = in_units(np.zeros((len(rows), 0)), base, p50)
    return _Part(rows, base, units, (COURSE,), (p50 + 1) / (base + 1), np.zeros((len(rows), 0), np.int64), ())


def _frame(part: _Part, ids: pl.Series, facts: Facts, rule: str | None) -> pl.DataFrame:
    order = np.argsort(-np.abs(part.units), axis=1, kind="stable")
    n, k = part.units.shape
    names = np.array([BASE, *part.reasons])
    words: list[str | None] = []
    for row, places in enumerate(order[:, :STRONGEST].tolist()):
        start = opening(facts, int(part.rows[row])) if rule is None else rule
        words.append(start.format(u=amount(float(part.base[row])), h=facts.horizon))
        words += [_said(part, facts, row, reason) for reason in places]
        words += [None] * (k - len(places))
    frame = pl.DataFrame(
        {
            "unique_id": ids.gather(np.repeat(np.arange(n), k + 1)),
            "origin": [facts.origin] * (n * (k + 1)),
            "horizon": [facts.horizon] * (n * (k + 1)),
            "rank": np.tile(np.arange(k + 1), n),
            "reason": names[np.column_stack([np.zeros(n, np.int64), order + 1])].ravel(),
            "units": np.column_stack([part.base, np.take_along_axis(part.units, order, axis=1)]).ravel(),
            "words": words,
        },
        schema=SCHEMA,
        strict=False,
    )
    # A reason that moves nothing is none.
    return frame.filter((pl.col("rank") == 0) | (pl.col("units") != 0))


def _said(part: _Part, facts: Facts, row: int, reason: int) -> str:
    if reason < part.speaker.shape[1]:
        return sentence(part.columns[part.speaker[row, reason]], facts, int(part.rows[row]))
    said = against(float(part.course[row]))
    return f"releases of its size go on to sell {said} their pace" if part.columns else f"half of them sell {said} that"
