"""Scores of detectors, beside scikit-learn and by hand."""

import numpy as np
import pytest

from ml.triggers.evaluate import alarms, average_precision, false_alarms, vus_pr


def test_average_precision_is_that_of_scikit_learn_with_ties() -> None:
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(1)
    for _ in range(20):
        labels, scores = rng.random(200) < 0.2, rng.integers(0, 15, 200).astype(float)
        assert average_precision(labels, scores) == pytest.approx(average_precision_score(labels, scores))


def test_a_score_beside_its_window_counts_in_part_once_there_is_a_buffer() -> None:
    labels = np.zeros(100, dtype=bool)
    labels[40:50] = True
    beside = np.zeros(100)
    beside[50:54] = 1
    assert vus_pr(labels, beside, [0]) < vus_pr(labels, beside, [8])
    assert vus_pr(labels, labels.astype(float), [0]) == 1.0


def test_neighbouring_triggers_are_one_alarm() -> None:
    triggers = np.array([0, 1, 1, 0, 1, 0, 0, 1, 1], dtype=bool)
    labels = np.array([0, 0, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
    assert alarms(triggers) == 3
    assert false_alarms(labels, triggers) == 2
