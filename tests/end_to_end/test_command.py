"""`lacquer run` as a user sees it: what it prints, what it leaves, what it refuses."""

import json
from pathlib import Path

from tests.end_to_end import states
from tests.end_to_end.commands import ORDER_LINES, SEED, ask, lacquer


def test_the_result_table_has_its_parts(demo_lake: Path, printed: str) -> None:
    parts = ("What was read", "What was refused", "What will sell most in the next 30 days", "What took how long")
    assert [part for part in parts if part not in printed] == []
    for line in ("lacquer sql --lake", "make ui", str(demo_lake / "outbox" / "pim")):
        assert line in printed


def test_the_run_is_on_record_as_it_was_printed(demo_lake: Path, printed: str) -> None:
    (run,) = ask(demo_lake, "select run_id, pack, status, seconds, summary from runs")
    assert (run["pack"], run["status"]) == ("demo", "success")
    assert f"run {run['run_id']}, pack demo: {run['seconds']:.1f} s" in printed
    summary = json.loads(run["summary"])
    read = {count["table"]: count for count in summary["counts"]}
    assert read.keys() > {"bronze/erp_changes", "silver/order_lines", "silver/signals"}
    for count in read.values():
        fates = ("applied", "superseded", "duplicate", "deleted", "dead_letters")
        assert count["landed"] == sum(count[fate] for fate in fates), count
    assert summary["forecasts"][0]["title"] in printed


def test_every_table_is_published_at_its_newest_version(demo_lake: Path) -> None:
    from lake.lakehouse import Lake

    published = Lake(demo_lake).published()
    assert {key: published.get(key) for key in states.versions(demo_lake)} == states.versions(demo_lake)


def test_no_pins_are_left_behind(demo_lake: Path) -> None:
    from lake.lakehouse import Lake

    assert Lake(demo_lake).pinned() == {}


def test_what_went_to_the_pim_is_what_the_record_says(demo_lake: Path) -> None:
    (file,) = (demo_lake / "outbox" / "pim").iterdir()
    objects = [json.loads(line) for line in file.read_text().splitlines()]
    ours = ("forecast", "recommended")
    written = {(o["releaseId"], field): value for o in objects for field, value in o.items() if field.startswith(ours)}
    recorded = ask(demo_lake, "select release_id, field, old_value, new_value, target, result from writebacks")
    fields = {key: value for key, value in written.items() if key[1] != "forecastOrigin"}
    assert len(recorded) == len(fields) > 300
    for row in recorded:
        value = fields[row["release_id"], row["field"]]
        assert str(value) == row["new_value"]
        assert (row["old_value"], row["target"], row["result"]) == (None, str(file), "exported")


def test_a_run_that_grew_too_few_days_is_refused(demo_lake: Path) -> None:
    answer = lacquer(demo_lake, "run", "--seed", str(SEED), "--order-lines", str(ORDER_LINES), "--days", "100")
    assert answer.returncode == 1
    assert "a lake only grows: ask for days=122 or more" in answer.stderr
