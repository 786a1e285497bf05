"""Inverses of symmetric matrices that hold for degenerate data too: a constant price, columns that are the same.

Without noise, information is so large that the unit matrix beside it vanishes in rounding, and a usual inverse meets a
singular matrix. Eigenvalues keep the directions of which the data says nothing apart from those that it determines.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LARGE = 1e12  # from here on rounding hides the unit matrix


def inverse_beside_unit(matrices: Floats) -> tuple[Floats, Floats]:
    """Inverse (n, k, k) and log determinant (n,) of the unit matrix plus positive semidefinite matrices (n, k, k)."""
    if np.abs(matrices).max(initial=0.0) < LARGE:
        inner = np.eye(matrices.shape[-1]) + matrices
        return np.asarray(np.linalg.inv(inner), dtype=np.float64), np.asarray(
            np.linalg.slogdet(inner)[1], dtype=np.float64
        )
    values, vectors = np.linalg.eigh((matrices + np.swapaxes(matrices, -1, -2)) / 2)
    values = np.maximum(values, 0.0)
    inverse = (vectors / (1 + values)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    return inverse, np.asarray(np.log1p(values).sum(axis=-1), dtype=np.float64)


def inverse_above(matrix: Floats, least: float) -> tuple[Floats, float]:
    """Inverse (k, k) and log determinant of a symmetric matrix whose eigenvalues count as `least` at the least."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    values = np.maximum(values, least)
    return np.asarray((vectors / values) @ vectors.T, dtype=np.float64), float(np.log(values).sum())


def root_of(matrix: Floats) -> Floats:
    """A root (k, k) of a positive semidefinite matrix: root times its transpose is the matrix."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)
