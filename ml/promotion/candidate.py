"""A fitted model that asks to be registered, and its row in `model_versions`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Candidate:
    """A fitted model that asks to be registered.

    Attributes:
        model: name of the model, the same for all its versions.
        recipe: hash of its code and parameters (not of its data).
        code_version: version of the code.
        origin: last day whose data the fit has seen.
        data_versions: Delta version of each table that was read.
        artefact: bytes of the fitted model in a format that runs no code when it is read.
        location: where the bytes lie in the lake already; None stores them in `lake/model_artefacts`.
        parameters, metrics, signature: JSON documents.
        losses: of the recipe's backtest, the columns of `model_losses` from origin on; None: none yet.
        card: the model card, Markdown.
    """

    model: str
    recipe: str
    code_version: str
    origin: dt.date
    data_versions: Mapping[str, int]
    artefact: bytes
    location: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    signature: Mapping[str, Any] = field(default_factory=dict)
    input_example: Mapping[str, Any] | None = None
    losses: pl.DataFrame | None = None
    card: str = ""


def version_row(candidate: Candidate, location: str, lock_sha256: str, run_id: str, at: dt.datetime) -> dict[str, Any]:
    """The row of `model_versions` without its number."""
    example = candidate.input_example
    return {
        "model": candidate.model,
        "recipe": candidate.recipe,
        "code_version": candidate.code_version,
        "origin": candidate.origin,
        "artefact": location,
        "artefact_sha256": sha256(candidate.artefact).hexdigest(),
        "data_versions": _json(candidate.data_versions),
        "parameters": _json(candidate.parameters),
        "metrics": _json(candidate.metrics),
        "lock_sha256": lock_sha256,
        "signature": _json(candidate.signature),
        "input_example": None if example is None else _json(example),
        "card": candidate.card,
        "run_id": run_id,
        "registered_at": at,
    }


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), sort_keys=True, default=str)
