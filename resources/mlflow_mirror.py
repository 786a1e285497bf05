"""A mirror of the registry in MLflow: runs, registered versions and aliases, for people who look there.

The truth is in the lake. The mirror can be lost and made again; a version that is mirrored already is left as it is,
and aliases follow the lake. Without MLflow, or without an address, nothing is mirrored.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from resources.registry import Registry

if TYPE_CHECKING:
    from mlflow import MlflowClient

VERSION_TAG = "lacquer.version"
PREFIX = "lacquer-"


def is_installed() -> bool:
    """Whether MLflow is there; `make models` installs it."""
    return find_spec("mlflow") is not None


def mirror(registry: Registry, address: str) -> dict[str, int]:
    """Bring MLflow up to date with the registry; how many versions and aliases were written.

    Args:
        registry: of the lake.
        address: of the tracking server, or `sqlite:///FILE`.
    """
    from mlflow import MlflowClient

    client, written = MlflowClient(address, address), {"versions": 0, "aliases": 0}
    for model in sorted({row["model"] for row in registry.versions()}):
        name = f"{PREFIX}{model}"
        known = _known(client, name)
        for row in registry.versions(model):
            if row["version"] not in known:
                known[row["version"]] = _mirror_version(client, name, registry, row)
                written["versions"] += 1
        written["aliases"] += _mirror_aliases(client, name, registry, model, known)
    return written


def _known(client: MlflowClient, name: str) -> dict[int, str]:
    """MLflow's number of each version that is mirrored; makes the registered model where it is missing."""
    found = client.search_registered_models(filter_string=f"name = '{name}'")
    if not found:
        client.create_registered_model(name, description="Mirror of the lake's registry; the truth is in the lake.")
    versions = client.search_model_versions(f"name = '{name}'")
    return {int(one.tags[VERSION_TAG]): str(one.version) for one in versions if VERSION_TAG in one.tags}


def _mirror_version(client: MlflowClient, name: str, registry: Registry, row: dict[str, Any]) -> str:
    experiment = client.get_experiment_by_name(name)
    number = experiment.experiment_id if experiment is not None else client.create_experiment(name)
    moment = int(row["registered_at"].timestamp() * 1000)
    tags = {
        VERSION_TAG: str(row["version"]),
        "lacquer.recipe": row["recipe"],
        "lacquer.code_version": row["code_version"],
        "lacquer.lock_sha256": row["lock_sha256"],
        "lacquer.artefact_sha256": row["artefact_sha256"],
        "lacquer.data_versions": row["data_versions"],
        "lacquer.signature": row["signature"],
        "lacquer.input_example": row["input_example"] or "",
    }
    run = client.create_run(number, start_time=moment, tags=tags, run_name=f"{row['model']}-{row['version']}")
    for key, value in _flat(json.loads(row["parameters"])).items():
        client.log_param(run.info.run_id, key, str(value)[:500])
    for key, value in _flat(json.loads(row["metrics"])).items():
        if isinstance(value, int | float):
            client.log_metric(run.info.run_id, key, float(value), timestamp=moment)
    # The artefact stays in the lake; MLflow accepts as source only what lies in the run's own artifacts.
    where = {"lake": str(registry.lake.root), "artefact": row["artefact"], "sha256": row["artefact_sha256"]}
    client.log_dict(run.info.run_id, where, "artefact.json")
    client.set_terminated(run.info.run_id, end_time=moment)
    made = client.create_model_version(
        name,
        str(run.info.artifact_uri),
        run_id=run.info.run_id,
        tags={VERSION_TAG: str(row["version"])},
        description=row["card"],
    )
    return str(made.version)


def _mirror_aliases(client: MlflowClient, name: str, registry: Registry, model: str, known: dict[int, str]) -> int:
    state = registry.state(model)
    wanted = {"champion": state.champion, "challenger": state.challenger, "shadow": state.shadow}
    held = dict(client.get_registered_model(name).aliases)
    written = 0
    for alias, version in wanted.items():
        if version is None and alias in held:
            client.delete_registered_model_alias(name, alias)
            written += 1
        elif version is not None and str(held.get(alias)) != known[version]:
            client.set_registered_model_alias(name, alias, known[version])
            written += 1
    return written


def _flat(document: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Nested names joined by dots, in the letters that MLflow allows."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        name = "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in f"{before}{key}")
        found |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found
