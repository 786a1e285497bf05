"""What Feast serves is what the rows say, of every type; training rows are the same by our join and by Feast's."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ml.features.asof import as_of_join
from resources.feature_store import ENTITY, KNOWN_FROM, Feature, FeatureStore, FeatureStoreError, View
from tests.conftest import CHECKOUT
from tests.needs import need_packages

pytestmark = pytest.mark.heavy

TYPES: dict[str, tuple[str, Any]] = {
    "units": ("DOUBLE", pl.Float64),
    "orders": ("BIGINT", pl.Int64),
    "rank": ("INTEGER", pl.Int32),
    "genre": ("VARCHAR", pl.String),
    "is_new": ("BOOLEAN", pl.Boolean),
    "released": ("DATE", pl.Date),
    "similar": ("VARCHAR[]", pl.List(pl.String)),
}
VIEW = View("signals", "gold/x", "r", "t", tuple(Feature(name, kind, "words") for name, (kind, _) in TYPES.items()))
MOMENT = pl.Datetime("us", "UTC")


def day(number: int) -> dt.datetime:
    return dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=number)


def rows(seed: int = 0) -> pl.DataFrame:
    """40 releases at three moments each, a fifth of all values missing."""
    rng = np.random.default_rng(seed)
    drawn = []
    for moment in (3, 10, 31):
        for k in range(40):
            values = (
                rng.normal(),
                k * 10**12,
                k - 20,
                f"g{k % 3}",
                k % 2 == 0,
                dt.date(1960 + k, 2, 3),
                [f"R{k + 1}", "R0"],
            )
            there = rng.random(len(values)) > 0.2
            known = [value if here else None for value, here in zip(values, there, strict=True)]
            known[-1] = known[-1] or []
            drawn.append([f"R{k}", day(moment), *known])
    schema: dict[str, Any] = {ENTITY: pl.String, KNOWN_FROM: MOMENT} | {name: kind for name, (_, kind) in TYPES.items()}
    return pl.DataFrame(drawn, schema=schema, orient="row")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    need_packages("feast", target="features")
    store = FeatureStore(tmp_path_factory.mktemp("lake") / "feast")
    store.build([VIEW], {VIEW.name: rows()}, {"gold/x": 7})
    return store


@pytest.mark.parametrize("name", TYPES)
def test_online_is_the_latest_row(store: FeatureStore, name: str) -> None:
    latest = rows().filter(pl.col(KNOWN_FROM) == day(31)).sort(ENTITY)
    found = store.online(VIEW.name, [*latest[ENTITY], "nobody"])
    values = found[name].to_list()
    if name == "released":
        values = [value and value.date() for value in values]
    assert values[:-1] == latest[name].to_list()
    assert values[-1] in (None, [])
    assert store.made_of() == {"gold/x": 7}


def test_feast_joins_training_rows_as_we_do(store: FeatureStore) -> None:
    import pandas as pd

    rng = np.random.default_rng(5)
    # Seconds off midnight, and a few on the very moment at which a row becomes known.
    at = [day(int(rng.integers(0, 40))) + dt.timedelta(seconds=int(rng.integers(0, 2))) for _ in range(200)]
    asked = pl.DataFrame({ENTITY: [f"R{k}" for k in rng.integers(0, 44, 200)], "at": pl.Series(at).cast(MOMENT)})
    ours = as_of_join(asked, rows(), on=[ENTITY], at="at", valid_from=KNOWN_FROM)
    entities = pd.DataFrame(
        {ENTITY: asked[ENTITY].to_list(), "event_timestamp": asked["at"].to_list(), "n": range(200)}
    )
    wanted = [f"{VIEW.name}:{name}" for name in TYPES]
    theirs = pl.from_pandas(store.open().get_historical_features(entities, wanted).to_df()).sort("n")
    assert theirs.height == ours.height == 200
    assert 0 < ours["genre"].null_count() < 200
    for name in ("units", "orders", "rank", "genre", "is_new"):
        assert theirs[name].cast(ours.schema[name]).to_list() == ours[name].to_list(), name


def test_a_build_that_was_killed_is_never_seen_and_removed_by_the_next(store: FeatureStore, tmp_path: Path) -> None:
    folder = tmp_path / "feast"
    mine = FeatureStore(folder)
    assert mine.made_of() == {}
    with pytest.raises(FeatureStoreError, match=r"nothing is built in .*; lacquer run builds it"):
        mine.open()
    (folder / "build-killed").mkdir(parents=True)
    (folder / "build-killed" / "registry.db").write_bytes(b"half")
    builds = []
    for version in (1, 2, 3):
        newest = rows(version)
        mine.build([VIEW], {VIEW.name: newest}, {"gold/x": version})
        builds.append(json.loads((folder / "state.json").read_text())["build"])
        assert mine.made_of() == {"gold/x": version}
        expected = newest.filter((pl.col(ENTITY) == "R7") & (pl.col(KNOWN_FROM) == day(31)))["units"].to_list()
        assert mine.online(VIEW.name, ["R7"])["units"].to_list() == expected
    # What stands, and the one before it for who is still reading it.
    assert {path.name for path in folder.glob("build-*")} == set(builds[1:])
    (folder / builds[-1]).rename(tmp_path / "gone")
    assert mine.made_of() == {}


def test_a_type_that_feast_does_not_know_is_named(tmp_path: Path) -> None:
    need_packages("feast", target="features")
    view = View("money", "gold/x", "r", "t", (Feature("price", "DECIMAL(12,4)", "words"),))
    frame = pl.DataFrame(schema={ENTITY: pl.String, KNOWN_FROM: MOMENT, "price": pl.Float64})
    with pytest.raises(ValueError, match=r"view money: price is DECIMAL\(12,4\), which Feast has no type for"):
        FeatureStore(tmp_path).build([view], {"money": frame}, {})


def test_a_process_that_ends_at_once_leaves_nothing_outside_the_lake(store: FeatureStore, tmp_path: Path) -> None:
    """As Dagster's processes do, without a word to Feast; the next build clears its counters away."""
    folder, temporary = tmp_path / "feast", tmp_path / "tmp"
    temporary.mkdir()
    mine = FeatureStore(folder)
    mine.build([VIEW], {VIEW.name: rows()}, {"gold/x": 1})
    code = (
        "import os, pathlib; from resources.feature_store import FeatureStore;"
        f"found = FeatureStore(pathlib.Path({str(folder)!r})).online('signals', ['R1']);"
        "assert found.height == 1; os._exit(0)"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PROMETHEUS_")}
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env=environment | {"TMPDIR": str(temporary)},
        check=True,
        timeout=120,
    )
    assert list(temporary.glob("feast_metrics_*")) == []
    assert list((folder / "metrics").glob("*.db")) != []
    (folder / "metrics" / f"counter_{os.getpid()}.db").write_bytes(b"of a living process")
    mine.build([VIEW], {VIEW.name: rows(1)}, {"gold/x": 2})
    assert [path.name for path in (folder / "metrics").glob("*.db")] == [f"counter_{os.getpid()}.db"]
