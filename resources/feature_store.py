"""Features for who asks by release: Feast's definitions, registry and online store, in `LAKE/feast`.

A build makes a folder of its own, with the views' rows as Parquet, the registry and the SQLite store (or a project of
its own in the Redis or PostgreSQL that the settings name), and then names it in `state.json`: readers see a build whole
or not at all, one that was killed leaves a folder that the next removes, and nothing here is the only copy of
anything. Feast itself is optional (`make features`).

Belongs here: Feast. Does not belong here: which tables there are views of (assets/features/views.py).
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.online_store import OnlineStore, online_store

if TYPE_CHECKING:
    import feast
    import polars as pl

ENTITY, KNOWN_FROM = "release_id", "known_from"
# `feature_store.yaml` of a build, in YAML's JSON: what Feast's own tools read. Paths count from its folder.
CONFIG: dict[str, Any] = {
    "project": "lacquer",
    "provider": "local",
    "registry": "registry.db",
    "offline_store": {"type": "duckdb"},
    "entity_key_serialization_version": 3,
}
STATE = "state.json"
# Where Feast's counters are kept while a process runs. By default it makes a folder of its own in /tmp, and removes it
# only at an ordinary exit, which processes that Dagster starts do not have.
METRICS, METRICS_SETTING = "metrics", "PROMETHEUS_MULTIPROCESS_DIR"
FEAST_TYPES = {
    "BOOLEAN": "Bool",
    "INTEGER": "Int32",
    "BIGINT": "Int64",
    "DOUBLE": "Float64",
    "VARCHAR": "String",
    "VARCHAR[]": "Array(String)",
    "DATE": "UnixTimestamp",
    "TIMESTAMPTZ": "UnixTimestamp",
}


class FeatureStoreError(RuntimeError):
    """What is asked for is not there; says how to get it."""


@dataclass(frozen=True)
class Feature:
    """A column of a view, with its DuckDB type and its words."""

    name: str
    type: str
    words: str


@dataclass(frozen=True)
class View:
    """A table of the lake as Feast sees it.

    Attributes:
        name: what it is called in Feast.
        table: its table, ``layer/name``.
        key: the column that holds the release.
        known_from: SQL for the moment from which a row may be seen; `$published_at` is its table's publication.
        features: every other column that is served.
    """

    name: str
    table: str
    key: str
    known_from: str
    features: tuple[Feature, ...]


def is_installed() -> bool:
    """Whether Feast is there."""
    return find_spec("feast") is not None


class FeatureStore:
    """The store in a folder.

    Args:
        folder: of builds and their state.
        address: of the Redis or PostgreSQL that serves features online; SQLite in the build's folder without one.
    """

    def __init__(self, folder: Path, address: str | None = None) -> None:
        self._folder = folder
        self._online: OnlineStore = online_store(address)

    def made_of(self) -> dict[str, int]:
        """The versions that the standing build was made of; empty where none stands, or it is in another store."""
        state = self._state()
        here = state.get("online", online_store(None).identity) == self._online.identity
        return dict(state.get("made_of", {})) if here else {}

    def _state(self) -> dict[str, Any]:
        path = self._folder / STATE
        if not path.exists():
            return {}
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return state if (self._folder / state["build"]).is_dir() else {}

    def build(self, views: Sequence[View], rows: Mapping[str, pl.DataFrame], made_of: Mapping[str, int]) -> None:
        """Define the views, put the latest row of each release online, and let readers see it.

        `rows` holds, per view, [release_id, known_from, …], all that there are.
        """
        before = self._state().get("build")
        build = self._folder / f"build-{uuid.uuid4().hex[:12]}"
        build.mkdir(parents=True)
        for view in views:
            rows[view.name].write_parquet(build / f"{view.name}.parquet")
        config = self._config(build, self._online.public)
        (build / "feature_store.yaml").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        self._forget_the_dead()
        store = self._opened(build)
        store.apply(_definitions(views, build))
        for view in views:
            moments = rows[view.name][KNOWN_FROM]
            if len(moments):
                first, last = moments.min(), moments.max()
                assert isinstance(first, dt.datetime)
                assert isinstance(last, dt.datetime)
                with redirect_stdout(io.StringIO()):  # it prints its progress
                    store.materialize(first - dt.timedelta(days=1), last + dt.timedelta(days=1), [view.name])
        part = self._folder / f".{STATE}.{os.getpid()}"
        state = {"build": build.name, "made_of": dict(made_of), "online": self._online.identity}
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(self._folder / STATE)
        # The one before stays for whoever is reading it.
        for old in self._folder.glob("build-*"):
            if old.name not in (build.name, before):
                self._remove(old)

    def _remove(self, build: Path) -> None:
        """Remove a build, and what it has in the store that builds share. A build of another store has nothing here."""
        if self._online.is_shared and (build / str(CONFIG["registry"])).exists():
            config = json.loads((build / "feature_store.yaml").read_text(encoding="utf-8"))
            if config["online_store"] == self._online.public:
                self._opened(build).teardown()
        shutil.rmtree(build, ignore_errors=True)

    def _config(self, build: Path, online: Mapping[str, Any]) -> dict[str, Any]:
        """Feast's configuration of a build; in a shared store each build is a project of its own."""
        project = build.name.replace("build-", "lacquer_") if self._online.is_shared else CONFIG["project"]
        return CONFIG | {"project": project, "online_store": dict(online)}

    def open(self) -> feast.FeatureStore:
        """Feast's own store over the standing build.

        Raises:
            FeatureStoreError: Feast is not installed, or nothing is built.
        """
        if not is_installed():
            raise FeatureStoreError("Feast is not installed: make features")
        build = self._state().get("build")
        if build is None:
            raise FeatureStoreError(f"nothing is built in {self._folder}; lacquer run builds it")
        return self._opened(self._folder / build)

    def _opened(self, build: Path) -> feast.FeatureStore:
        folder = Path(os.environ.setdefault(METRICS_SETTING, str(self._folder / METRICS)))
        folder.mkdir(parents=True, exist_ok=True)
        from feast import FeatureStore as Feast
        from feast import RepoConfig

        if not self._online.is_shared:
            return Feast(repo_path=str(build))
        config = self._config(build, self._online.config) | {"registry": str(build / str(CONFIG["registry"]))}
        return Feast(config=RepoConfig(repo_path=build, **config))

    def _forget_the_dead(self) -> None:
        """Remove the counters of processes that are gone; a file's name ends in the number of its process."""
        for path in (self._folder / METRICS).glob("*.db"):
            number = path.stem.rpartition("_")[2]
            if not (number.isdecimal() and _is_alive(int(number))):
                path.unlink(missing_ok=True)

    def online(self, view: str, releases: Sequence[str]) -> pl.DataFrame:
        """[release_id, …] as the online store has it, in the order asked for; null for a release it does not know."""
        import polars as pl

        store = self.open()
        names = [f"{view}:{feature.name}" for feature in store.get_feature_view(view).features]
        answer = store.get_online_features(names, [{ENTITY: release} for release in releases]).to_dict()
        columns = [ENTITY, *(name.partition(":")[2] for name in names)]
        return pl.DataFrame({name: answer[name] for name in columns}, strict=False, infer_schema_length=None)


def _is_alive(pid: int) -> bool:
    """Whether a process has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True


def _definitions(views: Sequence[View], build: Path) -> list[Any]:
    from feast import Entity, FeatureView, Field, FileSource
    from feast.value_type import ValueType

    release = Entity(name="release", join_keys=[ENTITY], value_type=ValueType.STRING, description="a release")
    return [release] + [
        FeatureView(
            name=view.name,
            entities=[release],
            schema=[Field(name=one.name, dtype=_type(view, one), description=one.words) for one in view.features],
            source=FileSource(path=str(build / f"{view.name}.parquet"), timestamp_field=KNOWN_FROM),
            tags={"table": view.table},
        )
        for view in views
    ]


def _type(view: View, feature: Feature) -> Any:
    import feast.types as types

    name = FEAST_TYPES.get(feature.type)
    if name is None:
        raise ValueError(
            f"view {view.name}: {feature.name} is {feature.type}, which Feast has no type for; serve one of"
            f" {', '.join(FEAST_TYPES)}"
        )
    return types.Array(types.String) if name == "Array(String)" else getattr(types, name)
