"""The recommenders against NumPy written the long way."""

import numpy as np
import pytest
from scipy import sparse

from ml.buyers.recommenders.als import ImplicitAls
from ml.buyers.recommenders.ease import Ease
from ml.buyers.recommenders.neighbours import ItemNeighbours
from ml.buyers.recommenders.popularity import Popularity

RNG = np.random.default_rng(11)
DENSE = (RNG.random((60, 25)) < 0.25) * RNG.uniform(0.5, 3.0, (60, 25))
ROWS = sparse.csr_matrix(DENSE.astype(np.float32))


def test_ease_equals_its_closed_form() -> None:
    inverse = np.linalg.inv(DENSE.T @ DENSE + 20 * np.eye(25))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    np.testing.assert_allclose(Ease(20).fit(ROWS).score(ROWS), DENSE @ weights, atol=1e-4)


def test_neighbours_equal_shrunk_cosine_of_the_nearest() -> None:
    lengths = np.linalg.norm(DENSE, axis=0)
    similar = DENSE.T @ DENSE / (np.outer(lengths, lengths) + 3)
    np.fill_diagonal(similar, 0)
    for row in similar:
        row[row < np.sort(row)[-5]] = 0
    found = ItemNeighbours(neighbours=5, shrink=3).fit(ROWS).score(ROWS)
    np.testing.assert_allclose(found, DENSE @ similar.T, atol=1e-4)


def test_als_scores_solve_the_weighted_least_squares_of_each_user() -> None:
    model = ImplicitAls(factors=6, penalty=0.7, alpha=4, rounds=5).fit(ROWS)
    # The item factors are seen through the scores of unit rows only; refit them here from any user's exact solution.
    items = model.item_factors
    expected = []
    for row in DENSE:
        confidence = np.where(row > 0, 1 + 4 * row, 1)
        system = items.T @ (items * confidence[:, None]) + 0.7 * np.eye(6)
        expected.append(items @ np.linalg.solve(system, items.T @ (confidence * (row > 0))))
    np.testing.assert_allclose(model.score(ROWS), expected, atol=2e-3)


def test_als_lowers_its_objective_as_far_as_exact_alternation_does() -> None:
    def objective(items: np.ndarray) -> float:
        total = 0.7 * float((items**2).sum())
        for row in DENSE:
            confidence = np.where(row > 0, 1 + 4 * row, 1)
            user = np.linalg.solve(
                items.T @ (items * confidence[:, None]) + 0.7 * np.eye(6), items.T @ (confidence * (row > 0))
            )
            total += float((confidence * ((row > 0) - items @ user) ** 2).sum() + 0.7 * (user**2).sum())
        return total

    start = np.random.default_rng(0).standard_normal((25, 6)) * 0.01
    exact = start
    for _ in range(30):
        users = _half_step(DENSE, exact)
        exact = _half_step(DENSE.T, users)
    found = ImplicitAls(factors=6, penalty=0.7, alpha=4, rounds=30).fit(ROWS).item_factors
    assert objective(found) < 1.03 * objective(exact)


def _half_step(rows: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    solved = []
    for row in rows:
        confidence = np.where(row > 0, 1 + 4 * row, 1)
        system = fixed.T @ (fixed * confidence[:, None]) + 0.7 * np.eye(6)
        solved.append(np.linalg.solve(system, fixed.T @ (confidence * (row > 0))))
    return np.array(solved)


@pytest.mark.parametrize("model", [Ease(20), ItemNeighbours(5, 3), ImplicitAls(6, 0.7, 4), Popularity()])
def test_contributions_add_up_to_the_score(model: Ease | ItemNeighbours | ImplicitAls | Popularity) -> None:
    model.fit(ROWS)
    items, targets = np.flatnonzero(DENSE[3]), np.array([0, 7, 24])
    weights = DENSE[3][items].astype(np.float32)
    found = model.contributions(items, weights, targets).sum(axis=0)
    expected = model.score(ROWS[3:4])[0][targets] if not isinstance(model, Popularity) else np.zeros(3)
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_popularity_is_the_share_of_the_greatest_sum() -> None:
    np.testing.assert_allclose(
        Popularity().fit(ROWS).score(ROWS[:1])[0], DENSE.sum(axis=0) / DENSE.sum(axis=0).max(), atol=1e-5
    )
