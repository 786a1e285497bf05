"""Each release's vector, as JSON, is what the published schema says; it follows the catalogue, sales and signals."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest

from assets.audio.audio_analyses import AUDIO_ANALYSES
from assets.silver.labels import LABELS
from assets.silver.signals import SIGNALS
from assets.silver.tracks import TRACKS
from lake.contract import Contract
from lake.lakehouse import Lake
from tests.integration.gold.building import build_gold, rows
from tests.integration.gold.silver_tables import MERGED, Row, catalogue, line, utc, write, write_all

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/reference/release-vector.schema.json").read_text())
VECTOR: dict[str, Any] = {
    "product_id": "R1",
    "artist_id": "A1",
    "genre_primary": "dub",
    "bpm": 80.5,
    "release_date": "2010-01-01",
    "historical_artist_avg_sales": 10.0,
    "social_momentum_score": 0.5,
    "seasonality_factor": None,
    "similar_products": ["R2"],
    "marketing_budget_tier": "high",
    "musical_key": None,
    "loudness_lufs": None,
}
NAMES = (
    "dim_artist", "dim_date", "dim_label", "dim_release", "fct_order_line", "fct_sales_day", "fct_signal_day",
    "int_cancelled_order", "int_similar_release", "mart_release_vector",
)  # fmt: skip


def put(lake: Lake, contract: Contract, data: list[Row], months: list[str] | None = None) -> None:
    table = pa.Table.from_pylist(data, schema=contract.arrow_schema)
    lake.table(contract).overwrite(table, None if months is None else [dt.date.fromisoformat(m) for m in months])


def plays(release_id: str, day: str, value: float) -> Row:
    moment = utc(f"{day}T22:00:00")
    return {
        "event_id": f"plays-{release_id}-{day}",
        "kind": "plays",
        "entity_type": "release",
        "entity_id": release_id,
        "value": value,
        "unit": "plays",
        "occurred_at": moment,
        "source": "radio",
        "signal_month": moment.date().replace(day=1),
        **MERGED,
    }


def vectors(lake: Lake) -> dict[str, dict[str, Any]]:
    version = lake.versions()["gold/mart_release_vector"]
    con = lake.connect({"gold/mart_release_vector": version})
    texts = con.sql("select to_json(vector) from gold.mart_release_vector vector").fetchall()
    documents = [json.loads(text) for (text,) in texts]
    return {document["product_id"]: document for document in documents}


def validate(document: object) -> None:
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.FormatChecker())


@pytest.fixture
def built(lake: Lake) -> Lake:
    write_all(lake, [line("O1", "2010-11-05T08:00:00", quantity=3), line("O2", "2010-12-05T08:00:00", quantity=7)])
    first, second = catalogue()["releases"]
    write(
        lake,
        "releases",
        [
            {**first, "label_id": "L1", "marketing_budget_tier": "high"},
            {**second, "release_date": None, "release_year": 2010},
            {**second, "release_id": "R3", "artist_id": None, "genre": None, "release_date": None},
        ],
    )
    put(lake, LABELS, [{"label_id": "L1", "name": "Run-out Groove", **MERGED}])
    put(lake, TRACKS, [{"track_id": "T1", "title": "Side A", "release_id": "R1", "bpm": 80.5, **MERGED}])
    put(lake, SIGNALS, [plays("R1", "2010-12-04", 30), plays("R1", "2010-11-04", 10)])
    build_gold(lake, "run", NAMES)
    return lake


def test_every_vector_is_what_the_schema_says(built: Lake) -> None:
    found = vectors(built)
    for document in found.values():
        validate(document)
    assert found["R1"] == VECTOR
    assert (found["R3"]["similar_products"], found["R3"]["artist_id"], found["R3"]["bpm"]) == ([], None, None)


def heard(track_id: str, **more: Any) -> Row:
    row = {"track_id": track_id, "file_id": "f", "status": "whole", "duration_s": 1.0, "beat_count": 0}
    row |= {"chord_count": 0, "section_count": 0, "section_labels": "", "embedding": [1.0, 0.0], "jams": "", "page": ""}
    return row | {"analyser_version": "1", "settings": "{}", "analysed_at": utc("2024-01-01T00:00:00")} | more


def test_what_was_heard_is_in_the_vector_and_the_stated_tempo_goes_first(built: Lake) -> None:
    row = {"title": "Side B", "bpm": None, **MERGED}
    put(
        built,
        TRACKS,
        [
            {"track_id": "T1", "title": "Side A", "release_id": "R1", "bpm": 80.5, **MERGED},
            {"track_id": "T2", "release_id": "R3", **row},
            {"track_id": "T3", "release_id": "R3", **row},
        ],
    )
    said = [
        heard("T1", bpm=161.0, musical_key="C:major", integrated_lufs=-9.5),
        heard("T2", bpm=100.0, musical_key="Eb:minor", integrated_lufs=-12.0),
        heard("T3", bpm=104.0, integrated_lufs=-8.0),
    ]
    put(built, AUDIO_ANALYSES, said)
    gold = build_gold(built, "heard", NAMES)
    assert {name for name, done in gold.written.items() if done.mode != "skip"} >= {"mart_release_vector"}
    assert gold.written["fct_sales_day"].mode == "skip", "what is heard rebuilds no sales"
    found = vectors(built)
    for document in found.values():
        validate(document)
    names = ("bpm", "musical_key", "loudness_lufs")
    assert [found["R1"][name] for name in names] == [80.5, "C:major", -9.5]
    assert [found["R3"][name] for name in names] == [102.0, "Eb:minor", -10.0]
    assert [found["R2"][name] for name in names] == [None, None, None]


@pytest.mark.parametrize(
    "wrong",
    [{"bpm": "80"}, {"social_momentum_score": 2}, {"release_date": "2010"}, {"similar_products": None}, {"more": 1}],
)
def test_the_schema_refuses_what_is_no_vector(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate({**VECTOR, **wrong})


def test_a_day_of_signals_rewrites_its_month_and_what_rests_on_it(built: Lake) -> None:
    put(built, SIGNALS, [plays("R1", "2010-12-04", 30), plays("R1", "2010-12-05", 60)], ["2010-12-01"])
    gold = build_gold(built, "next", NAMES)
    assert gold.written["fct_signal_day"].months == (dt.date(2010, 12, 1),)
    assert {name for name, done in gold.written.items() if done.mode != "skip"} == {
        "fct_signal_day",
        "mart_release_vector",
    }
    days = rows(built, "fct_signal_day", "signal_date::varchar, value_sum")
    assert days == [("2010-11-04", 10.0), ("2010-12-04", 30.0), ("2010-12-05", 60.0)]
    assert vectors(built)["R1"]["social_momentum_score"] == pytest.approx(0.8)
