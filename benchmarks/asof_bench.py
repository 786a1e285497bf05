"""`lacquer bench asof`: the join that makes training sets, beside bare polars and, where it is installed, Feast.

A million moments of 20,000 releases meet a million feature rows of three columns, over a year. Ours besides keeps the
rows' order and checks both sides; the second figure has features that become known later than they hold.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from benchmarks.measure import Case, Figure, Measured, measure, ratio
from benchmarks.report import Part

if TYPE_CHECKING:
    import polars as pl

HERE = "benchmarks.asof_bench"
SCALES = {"tiny": (5_000, 100), "full": (1_000_000, 20_000)}
SECONDS_BAR = 1.5
COLUMNS = ("figure", "case", "wall s", "CPU s", "peak MiB", "wall x", "CPU x")
FEAST = Case("Feast, duckdb store", f"{HERE}:feast", counts=False)
HELD = Figure(
    "as-of",
    "what held at the moment",
    (Case("lacquer", f"{HERE}:ours", is_ours=True), Case("polars join_asof, any order", f"{HERE}:bare")),
    bar=SECONDS_BAR,
)
KNOWN = Figure(
    "as-of, known late",
    "what held and was known at the moment",
    (
        Case("lacquer", f"{HERE}:ours_known", is_ours=True),
        Case("DuckDB asof join of two moments", f"{HERE}:duckdb_known"),
    ),
    bar=SECONDS_BAR,
)
Count = Callable[[], object]
FEATURES = ["plays", "price", "rank"]


def asof_part(scale: str, repetitions: int, told: Callable[[str], None]) -> Part:
    """Measure both figures, Feast among them where it is installed."""
    rows, releases = SCALES[scale]
    held = Figure(HELD.name, HELD.description, (*HELD.cases, FEAST), HELD.bar) if find_spec("feast") else HELD
    if held is HELD:
        told("Feast is left out: make features brings it")
    with tempfile.TemporaryDirectory(prefix="lacquer-asof-") as folder:
        write_inputs(Path(folder), rows, releases)
        measured = [one for figure in (held, KNOWN) for one in measure(figure, Path(folder), repetitions, told)]
    return Part(
        title=f"as-of join: {rows:,} moments of {releases:,} releases with {rows:,} feature rows",
        columns=COLUMNS,
        rows=[_row(one, measured) for one in measured],
        verdicts=[_verdict(figure, measured) for figure in (held, KNOWN)],
        measured=[asdict(one) for one in measured],
    )


def _row(one: Measured, measured: list[Measured]) -> tuple[str, ...]:
    rivals = [other for other in measured if other.figure == one.figure and other.counts and not other.is_ours]
    return (
        *(one.figure, one.case, f"{one.wall_s:.2f}", f"{one.cpu_s:.2f}", f"{one.peak_mib:,.0f}"),
        f"{one.wall_s / min(other.wall_s for other in rivals):.2f}",
        f"{one.cpu_s / min(other.cpu_s for other in rivals):.2f}",
    )


def _verdict(figure: Figure, measured: list[Measured]) -> str:
    mine = [one for one in measured if one.figure == figure.name]
    ours = next(one for one in mine if one.is_ours)
    return (
        f"{figure.name} ({figure.description}): {ours.wall_s:.2f} s, {ratio(mine):.2f} times the reference in wall"
        f" time, {ratio(mine, 'cpu_s'):.2f} in CPU; bar {figure.bar} s for a million rows with a million"
    )


def write_inputs(folder: Path, rows: int, releases: int, seed: int = 1) -> None:
    """`asked.parquet` [release_id, at]; `features.parquet` [release_id, valid_from, known_at, and the features]."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(seed)
    begin = np.datetime64("2025-01-01", "us").astype(np.int64)

    def moments(name: str) -> "pl.Series":
        micros = begin + rng.integers(0, 365 * 86_400, rows) * 1_000_000
        return pl.Series(name, micros).cast(pl.Datetime("us", "UTC"))

    def ids() -> "pl.Series":
        return pl.Series("release_id", np.char.add("R", rng.integers(0, releases, rows).astype("U6")))

    pl.DataFrame([ids(), moments("at")]).write_parquet(folder / "asked.parquet")
    keys, since = ids(), moments("valid_from")
    values = {name: rng.integers(0, 1_000, rows) for name in FEATURES}
    features = pl.DataFrame({"release_id": keys, "valid_from": since, **values})
    # One row per release and moment, so that no case may choose.
    features = features.unique(["release_id", "valid_from"], keep="first", maintain_order=True)
    late = pl.Series(rng.integers(0, 3 * 86_400, features.height)).cast(pl.Int64) * pl.Series([1_000_000])
    features = features.with_columns((pl.col("valid_from") + late.cast(pl.Duration("us"))).alias("known_at"))
    features.write_parquet(folder / "features.parquet")


def _inputs(folder: Path) -> "tuple[pl.DataFrame, pl.DataFrame]":
    import polars as pl

    return pl.read_parquet(folder / "asked.parquet"), pl.read_parquet(folder / "features.parquet")


def _counted(made: "pl.DataFrame") -> Count:
    return lambda: [made.height, *(int(cast("int", made[name].sum())) for name in FEATURES), made["plays"].null_count()]


def ours(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The join of ml.features."""
    from ml.features.asof import as_of_join

    asked, features = _inputs(inputs)
    features = features.drop("known_at")
    return lambda: _counted(as_of_join(asked, features, on=["release_id"], at="at"))


def ours_known(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The same, where features become known later."""
    from ml.features.asof import as_of_join

    asked, features = _inputs(inputs)
    return lambda: _counted(as_of_join(asked, features, on=["release_id"], at="at", known_at="known_at"))


def bare(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """Both sides sorted and joined; rows come out by their moment."""
    asked, features = _inputs(inputs)
    features = features.drop("known_at")

    def work() -> Count:
        right = features.sort("valid_from")
        return _counted(
            asked.sort("at").join_asof(
                right, left_on="at", right_on="valid_from", by="release_id", check_sortedness=False
            )
        )

    return work


def duckdb_known(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """What is overtaken before it is known falls out by a window; then DuckDB's asof join."""
    import duckdb

    asked, features = _inputs(inputs)
    con = duckdb.connect()
    con.register("asked", asked.to_arrow())
    con.register("features", features.to_arrow())

    def work() -> Count:
        found = con.sql("""
        with seen as (
          select *, greatest(valid_from, known_at) as effective, max(valid_from) over (
            partition by release_id order by greatest(valid_from, known_at), valid_from, known_at
          ) as newest from features
        )
        select a.release_id, a.at, s.plays, s.price, s.rank
        from asked as a
        asof left join (from seen where valid_from = newest) as s
          on a.release_id = s.release_id and a.at >= s.effective
        """)
        return _counted(found.pl())

    return work


def feast(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """`get_historical_features` of a view over the Parquet file, as a frame of pandas; its registry is made before."""
    import pandas as pd
    import polars as pl
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
    from feast.types import Int64
    from feast.value_type import ValueType

    pl.read_parquet(inputs / "features.parquet").drop("known_at").write_parquet(scratch / "features.parquet")
    store = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            registry=str(scratch / "registry.db"),
            offline_store={"type": "duckdb"},
            online_store={"type": "sqlite", "path": str(scratch / "online.db")},
            entity_key_serialization_version=3,
        )
    )
    release = Entity(name="release", join_keys=["release_id"], value_type=ValueType.STRING)
    view = FeatureView(
        name="signals",
        entities=[release],
        schema=[Field(name=name, dtype=Int64) for name in FEATURES],
        source=FileSource(path=str(scratch / "features.parquet"), timestamp_field="valid_from"),
    )
    store.apply([release, view])
    asked = pd.read_parquet(inputs / "asked.parquet").rename(columns={"at": "event_timestamp"})

    def work() -> Count:
        wanted = [f"signals:{name}" for name in FEATURES]
        return _counted(pl.from_pandas(store.get_historical_features(asked, wanted).to_df()))

    return work
