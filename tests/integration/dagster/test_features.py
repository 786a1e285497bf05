"""Of every feature, what is served online is what is published; a second run builds nothing again."""

import datetime as dt
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from dagster import AssetKey, materialize

from assets.features.online import features_online
from assets.features.views import VECTOR, feature_views
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from resources.feature_store import ENTITY, FeatureStore, FeatureStoreError
from resources.lake import LakeResource
from tests.integration.dagster.running import ask
from tests.needs import need_packages

pytestmark = pytest.mark.heavy

VIEWS = {view.name: view for view in feature_views(load_manifest())}
KEY = AssetKey(["features", "online"])
NEWEST = {
    "release_features": "from release_features "
    "qualify row_number() over (partition by release_id order by origin desc) = 1",
    "release_vector": "select * from mart_release_vector",
    "release_audience": "select * from release_audience",
}


def ran(root: Path) -> dict[str, Any]:
    resources = {"lake": LakeResource(root=root, allowed_bad_share=0.01, threads=1)}
    result = materialize([features_online], resources=resources)
    assert result.success
    (event,) = result.asset_materializations_for_node("features__online")
    return {name: value.value for name, value in event.metadata.items()}


def offline(root: Path, view: str) -> pl.DataFrame:
    con = Lake(root).connect_published()
    return con.sql(NEWEST[view]).pl().rename({VIEWS[view].key: ENTITY}, strict=False).sort(ENTITY)


@pytest.fixture(scope="module")
def served(built_lake: Path) -> FeatureStore:
    need_packages("feast", target="features")
    return FeatureStore(built_lake / "feast")


@pytest.mark.parametrize("view", VIEWS)
def test_every_feature_is_online_what_it_is_offline(served: FeatureStore, built_lake: Path, view: str) -> None:
    published = offline(built_lake, view)
    online = served.online(view, published[ENTITY].to_list())
    names = [name for name in published.columns if name not in (ENTITY, "origin")]
    assert online.columns == [ENTITY, *names]
    assert published.height > 100
    differing = [name for name in names if plain(online[name]) != plain(published[name])]
    assert differing == []


def plain(column: pl.Series) -> list[Any]:
    """Moments as the days that they stand for; no list as an empty one."""
    return [value.date() if isinstance(value, dt.datetime) else value for value in column.to_list()]


def test_what_is_served_has_the_types_and_words_of_the_contract(served: FeatureStore) -> None:
    store = served.open()
    for name, view in VIEWS.items():
        fields = {field.name: field for field in store.get_feature_view(name).features}
        assert list(fields) == [feature.name for feature in view.features]
        assert all(fields[feature.name].description == feature.words for feature in view.features)


def test_views_are_built_again_only_when_what_is_published_changes(lake: Path) -> None:
    need_packages("feast", target="features")
    assert ran(lake)["mode"] == "skipped: nothing it rests on has changed"
    (lake / "feast" / "state.json").unlink()
    again = ran(lake)
    assert again["features"] == {name: len(view.features) for name, view in VIEWS.items()}
    assert again["releases"]["release_vector"] == ask(lake, f"select count(*) from {VECTOR.split('/')[1]}")[0][0]


def test_of_two_builds_at_once_the_second_waits_and_has_nothing_to_do(lake: Path) -> None:
    need_packages("feast", target="features")
    (lake / "feast" / "state.json").unlink()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        said = [one.get("mode", "built") for one in pool.map(ran, [lake, lake])]
    assert sorted(said) == ["built", "skipped: nothing it rests on has changed"]


def test_without_feast_it_is_left_out_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "feast", None)
    assert ran(tmp_path) == {"mode": "skipped: Feast is not installed; make features adds it"}
    assert not (tmp_path / "feast").exists()
    with pytest.raises(FeatureStoreError, match="Feast is not installed: make features"):
        FeatureStore(tmp_path / "feast").open()


def test_features_of_an_origin_stand_when_the_next_day_comes(built_lake: Path) -> None:
    origins = ask(built_lake, "select distinct origin from release_features order by 1")
    assert origins[-1] == ask(built_lake, "select max(origin) from forecasts")[0]
    sold = ask(
        built_lake,
        # What was ordered ahead counts on the day that a release came out.
        "with newest as (select max(origin) as origin from release_features), counted as ("
        "  select s.release_id, gross_units, "
        "  case when sales_date < release_date then release_date else sales_date end as ds"
        "  from fct_sales_day as s join dim_release as r on r.release_id = s.release_id"
        "), sold as (select release_id, sum(gross_units) as units from counted, newest"
        "  where ds between origin - 27 and origin group by 1)"
        "select count(*), max(abs(coalesce(units_28, 0) - coalesce(units, 0))) from release_features as f"
        " left join sold as s on s.release_id = f.release_id where f.origin = (select origin from newest)",
    )
    assert sold[0][0] > 100
    assert sold[0][1] == 0
