"""The candidates for the probability that a buyer orders one release, and how good probabilities of pairs are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ml.buyers.propensity.pairs import NAMES, Floats
from ml.buyers.propensity.score import Quality

SMALL = 1e-9


@dataclass(frozen=True)
class Sample:
    """Pairs of an origin with what came: features, whether each was ordered, and how many pairs each stands for."""

    features: Floats
    ordered: Floats
    weight: Floats


class PairModel(Protocol):
    """A model of the probability that a pair becomes an order."""

    name: str

    def fit(self, sample: Sample) -> PairModel:
        """Learn from pairs."""
        ...

    def predict(self, features: Floats) -> Floats:
        """Return a probability per pair."""
        ...


@dataclass
class Regression:
    """Logistic regression over some of the features."""

    name: str
    columns: tuple[str, ...] = NAMES
    fitted: Any = field(default=None, repr=False)

    def fit(self, sample: Sample) -> Regression:
        """Standardise and fit, each row with its weight."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self.fitted = make_pipeline(StandardScaler(), LogisticRegression(C=10.0, max_iter=2000))
        weight = sample.weight / sample.weight.mean()
        self.fitted.fit(self._of(sample.features), sample.ordered, logisticregression__sample_weight=weight)
        return self

    def predict(self, features: Floats) -> Floats:
        """Return probabilities."""
        return np.asarray(self.fitted.predict_proba(self._of(features))[:, 1], dtype=np.float64)

    def _of(self, features: Floats) -> Floats:
        return features[:, [NAMES.index(name) for name in self.columns]]


class ActivityTimesPopularity:
    """What a buyer orders, spread over releases as all buyers' orders are; one factor is learned."""

    name = "activity times popularity"
    factor = 1.0

    def fit(self, sample: Sample) -> ActivityTimesPopularity:
        """Find the factor with which as many are expected as came."""
        rate = self._rate(sample.features)
        total = float((sample.weight * sample.ordered).sum())
        self.factor = total / max(float((sample.weight * rate).sum()), SMALL)
        return self

    def predict(self, features: Floats) -> Floats:
        """Return probabilities of a Poisson process."""
        return np.asarray(1 - np.exp(-self.factor * self._rate(features)), dtype=np.float64)

    def _rate(self, features: Floats) -> Floats:
        buyer, release = (np.expm1(features[:, NAMES.index(name)]) for name in ("buyer_90", "release_90"))
        return np.asarray((buyer + 0.5) * (release + 0.5), dtype=np.float64)


def makers() -> list[Callable[[], PairModel]]:
    """Return the candidates, the simple ones first."""
    return [
        ActivityTimesPopularity,
        lambda: Regression("earlier orders", ("buyer_90", "release_90", "times", "has", "since")),
        lambda: Regression("logistic regression"),
    ]


def pair_quality(sample: Sample, probability: Floats) -> Quality:
    """AUC, log loss and calibration error in ten bins of equal weight, every pair counted as often as it stands for."""
    from sklearn.metrics import roc_auc_score

    inside = np.clip(probability, SMALL, 1 - SMALL)
    total = sample.weight.sum()
    loss = -sample.weight @ (sample.ordered * np.log(inside) + (1 - sample.ordered) * np.log(1 - inside)) / total
    order = np.argsort(probability, kind="stable")
    bins = np.minimum((np.cumsum(sample.weight[order]) / total * 10).astype(int), 9)
    gap = sum(
        abs(float((sample.weight * (sample.ordered - probability))[order[bins == one]].sum())) for one in range(10)
    )
    auc = float(roc_auc_score(sample.ordered, probability, sample_weight=sample.weight))
    return Quality(auc, float(loss), gap / float(total), round(float(total)))
