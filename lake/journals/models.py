"""Which model versions exist, and which of them served when: contracts of the registry.

`model_versions` has one row per fitted version. `promotions` has one row per event; rows are only added, and the
state of a model (champion, challenger, shadow, canary share) is the fold of its events in order of `sequence`. One
event is one commit, so a process that is killed leaves the state before the event or the state after it: there is
exactly one champion.

Belongs here: contracts. The fold and its rules are in :mod:`ml.promotion.events`; reading and writing are in
``resources/registry.py``.
"""

from __future__ import annotations

from lake.contract import Column, Contract

EVENTS = ("first", "refit", "promote", "rollback", "challenge", "shadow", "canary", "review", "discard", "alert")

MODEL_VERSIONS = Contract(
    name="model_versions",
    layer="gold",
    grain="one row per registered version of a model",
    key=("model", "version"),
    columns=(
        Column("model", "string", "name of the model, such as forecast"),
        Column("version", "int64", "number of the version, from 1", minimum=1),
        Column("recipe", "string", "hash of code and parameters: versions of one recipe differ by their data only"),
        Column("code_version", "string", "version of the code that fitted it"),
        Column("origin", "date", "last day whose data the fit has seen"),
        Column("artefact", "string", "where the fitted model lies: a table of the lake and the row's key"),
        Column("artefact_sha256", "string", "SHA-256 of the fitted model's bytes"),
        Column("data_versions", "string", "Delta version of each table that was read, JSON"),
        Column("parameters", "string", "parameters of the fit, JSON"),
        Column("metrics", "string", "figures of its backtest, JSON"),
        Column("lock_sha256", "string", "SHA-256 of the lock of packages that it was fitted with"),
        Column("signature", "string", "columns that go in and come out, JSON"),
        Column("input_example", "string", "one input row, JSON; null: none", nullable=True),
        Column("card", "string", "the model card, Markdown"),
        Column("run_id", "string", "the run that registered it"),
        Column("registered_at", "timestamp", "moment of the registration"),
    ),
)
PROMOTIONS = Contract(
    name="promotions",
    layer="gold",
    grain="one row per event in the life of a model's versions",
    key=("model", "sequence"),
    columns=(
        Column("model", "string", "name of the model"),
        Column("sequence", "int64", "number of the event within the model, from 1", minimum=1),
        Column("event", "string", "what happened", allowed=EVENTS),
        Column("version", "int64", "the version it is about"),
        Column("recipe", "string", "recipe of that version"),
        Column("champion", "int64", "version that serves after the event; null: none yet", nullable=True),
        Column("share", "float64", "share of entities that a canary serves", nullable=True, minimum=0, maximum=1),
        Column("by", "string", "the person, the policy or the rule that decided"),
        Column("why", "string", "the reason, in one sentence"),
        Column("report", "string", "sentences of the review that the decision rests on", nullable=True),
        Column("at", "timestamp", "moment from which it counts"),
    ),
)
MODEL_ARTEFACTS = Contract(
    name="model_artefacts",
    layer="lake",
    grain="one row per fitted model, by the hash of its bytes",
    key=("sha256",),
    columns=(
        Column("sha256", "string", "SHA-256 of the bytes"),
        Column("content", "binary", "the fitted model in its own format; never a pickle"),
        Column("stored_at", "timestamp", "moment at which it was stored"),
    ),
)
MODEL_LOSSES = Contract(
    name="model_losses",
    layer="gold",
    grain="one row per model, recipe, origin and entity: backtest losses of a recipe",
    key=("model", "recipe", "origin", "entity"),
    columns=(
        Column("model", "string", "name of the model"),
        Column("recipe", "string", "recipe whose forecasts were scored"),
        Column("origin", "date", "last day that was known"),
        Column("entity", "string", "what was predicted for: a release, a buyer"),
        Column("segment", "string", "segment of the entity at the origin"),
        Column("loss", "float64", "loss of the model, smaller is better", minimum=0),
        Column(
            "first_loss", "float64", "the same over the shortest horizon, as live losses are", minimum=0, nullable=True
        ),
        Column("rival_loss", "float64", "loss of the simple rule it replaces", minimum=0),
        Column("covered", "float64", "share of outcomes within the stated bound; null: no bound", nullable=True),
    ),
    partition_by=("origin",),
)
PREDICTION_BATCHES = Contract(
    name="prediction_batches",
    layer="gold",
    grain="one row per batch of predictions: same model version, origin, data and code",
    key=("batch_id",),
    columns=(
        Column("batch_id", "string", "first part of the prediction_id of its predictions"),
        Column("model", "string", "name of the model"),
        Column("version", "int64", "version that predicted; 0: a rule without versions"),
        Column("role", "string", "as what it predicted", allowed=("champion", "canary", "shadow")),
        Column("origin", "date", "last day that was known"),
        Column("data_versions", "string", "Delta version of each table that was read, JSON"),
        Column("code_version", "string", "version of the code that predicted"),
        Column("serving", "string", "which candidate serves each target, horizon and segment, JSON", nullable=True),
        Column("run_id", "string", "the run"),
        Column("made_at", "timestamp", "moment of the first of them"),
    ),
)
MODEL_LIVE_LOSSES = Contract(
    name="model_live_losses",
    layer="gold",
    grain="one row per model other than the forecast, version, role, origin and entity: losses after the fit",
    key=("model", "version", "role", "origin", "entity"),
    columns=(
        Column("model", "string", "name of the model"),
        Column("version", "int64", "version whose stored fit predicted"),
        Column("role", "string", "as what it predicted", allowed=("champion", "shadow")),
        Column("origin", "date", "last day that was known"),
        Column("entity", "string", "what was predicted for: a buyer, a release, a review"),
        Column("horizon_days", "int32", "length of the window", unit="days"),
        Column("actual", "float64", "what came, in the unit of the model"),
        Column("loss", "float64", "loss of the prediction, as in model_losses", minimum=0),
        Column("covered", "float64", "1 within the stated bound, 0 not; null: no bound", nullable=True),
    ),
)
VERSIONS_KEY, PROMOTIONS_KEY, LOSSES_KEY, BATCHES_KEY = (
    f"{contract.layer}/{contract.name}" for contract in (MODEL_VERSIONS, PROMOTIONS, MODEL_LOSSES, PREDICTION_BATCHES)
)
