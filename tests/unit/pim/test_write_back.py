"""A write-back through a Data Hub that misbehaves: each forecast is written once, and no person's edit is lost."""

import threading
from typing import Any

import pytest

from assets.writeback.sending import write_back
from lake.lakehouse import Lake
from resources.pim.graphql import PimError
from resources.pim.write_back import DataHubReleases
from resources.web.errors import WebError
from tests.pim_server.client import hub_of
from tests.pim_server.server import PimServer
from tests.unit.pim.conftest import publish, publish_buyers, recorded, send, stock, wanted

UNITS = {f"R{number:06}": 10.0 + number for number in range(1, 8)}


def test_the_first_write_fills_the_fields_and_the_second_writes_nothing(lake: Lake, pim: PimServer) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    first = send(lake, pim)
    assert (first.releases, first.fields, first.faults) == (7, 35, [])
    assert pim.store.forecasts() == wanted(UNITS)
    assert set(pim.store.written.values()) == {1}
    asked = len(pim.asked)
    assert send(lake, pim).releases == 0
    assert len(pim.asked) == asked
    counted = "count(*), count(distinct (release_id, field)), min(result), max(target)"
    rows = recorded(lake, f"select {counted} from writebacks")
    assert rows == [(35, 35, "written", pim.url)]
    assert recorded(lake, "select count(*) from writebacks where stored_value <> new_value") == [(0,)]
    known = recorded(lake, "select distinct epoch(pim_modified_at)::bigint from writebacks")
    assert {row[0] for row in known} == {one["modificationDate"] for one in pim.store.objects.values()}


def test_only_what_changed_is_written_and_only_for_the_releases_asked_for(lake: Lake, pim: PimServer) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    send(lake, pim)
    pim.store.written.clear()
    publish(lake, UNITS | {"R000002": 99.0, "R000005": 55.0})
    send(lake, pim, only=["R000005"])
    assert {release for release, _, _ in pim.store.written} == {"R000005"}
    send(lake, pim)
    assert pim.store.forecasts() == wanted(UNITS | {"R000002": 99.0, "R000005": 55.0})
    assert sorted(name for _, name, _ in pim.store.written) == sorted(
        ["forecastUnits30dP50", "forecastUnits30dP90", "forecastRevenue30dP50"] * 2
    )


def test_a_person_edit_stands_and_is_a_conflict_until_the_field_is_cleared(lake: Lake, pim: PimServer) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    send(lake, pim)
    pim.store.put(1003, "Release", forecastUnits30dP50=500.0)
    pim.store.put(1004, "Release", title="Another title")  # an edit of something else is no edit of the forecast
    changed = UNITS | {"R000003": 40.0, "R000004": 41.0}
    publish(lake, changed)
    for _ in range(2):
        assert send(lake, pim).faults == []
    held = pim.store.forecasts()
    assert held.pop(("R000003", "forecastUnits30dP50")) == 500.0
    expected = wanted(changed)
    del expected["R000003", "forecastUnits30dP50"]
    assert held == expected
    conflicts = recorded(lake, "select release_id, field, pim_value, our_value, last_written from writeback_conflicts")
    assert conflicts == [("R000003", "forecastUnits30dP50", "500.0", "40.0", "13.0")]
    pim.store.put(1003, "Release", forecastUnits30dP50=None)
    send(lake, pim)
    assert pim.store.forecasts() == wanted(changed)


def test_an_edit_between_the_reading_and_the_writing_of_a_batch_is_not_written_over(lake: Lake, pim: PimServer) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    edited = threading.Event()

    def edit(document: str) -> None:
        if document.startswith("mutation") and not edited.is_set():  # the batch has been read, one release is written
            edited.set()
            pim.store.put(1003, "Release", forecastRisk30d="High")

    pim.before = edit
    send(lake, pim)
    assert pim.store.forecasts() == wanted(UNITS) | {("R000003", "forecastRisk30d"): "High"}
    assert recorded(lake, "select release_id, field, pim_value from writeback_conflicts") == [
        ("R000003", "forecastRisk30d", "High")
    ]


def test_a_pim_that_was_set_back_is_brought_forward_again(lake: Lake, pim: PimServer) -> None:
    stock(pim, ["R000001"])
    pim.store.put(1001, "Release", forecastRisk30d="Medium", modificationDate=1_000)
    backup = dict(pim.store.objects[1001])
    pim.store.put(1001, "Release", forecastRisk30d=None)
    publish(lake, {"R000001": 1.0})
    send(lake, pim)
    pim.store.objects[1001] = backup
    publish(lake, {"R000001": 2.0})
    send(lake, pim)
    expected = wanted({"R000001": 2.0}) | {("R000001", "forecastRisk30d"): "Medium"}
    # The risk level has not changed since it was last written, so nobody looks at it.
    held = pim.store.forecasts()
    assert held == {key: value for key, value in expected.items() if key in held}
    assert held["R000001", "forecastUnits30dP50"] == 2.0
    assert recorded(lake, "select count(*) from writeback_conflicts") == [(0,)]


@pytest.mark.parametrize(
    "fault", ["applied:cut", "applied:timeout", "applied:errors", "applied:html", "applied:502", "late"]
)
def test_a_change_that_was_made_although_nobody_said_so_is_not_repeated(lake: Lake, pim: PimServer, fault: str) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    pim.mutation_faults.extend(["", fault, "", fault])
    assert send(lake, pim).faults == []
    assert pim.store.forecasts() == wanted(UNITS)
    assert set(pim.store.written.values()) == {1}
    results = dict(recorded(lake, "select result, count(*) from writebacks group by all"))
    assert results["found in place"] >= 10
    assert sum(results.values()) == 35


@pytest.mark.parametrize("fault", ["cut", "timeout", "errors", "refused", "html", "429", "500"])
def test_a_change_that_was_not_made_is_made_once(lake: Lake, pim: PimServer, fault: str) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    pim.mutation_faults.extend(["", fault])
    assert send(lake, pim).faults == []
    assert pim.store.forecasts() == wanted(UNITS)
    assert set(pim.store.written.values()) == {1}


def test_an_unsettled_write_is_known_as_ours_when_the_forecast_has_moved_on(lake: Lake, pim: PimServer) -> None:
    stock(pim, ["R000001"])
    publish(lake, {"R000001": 1.0})
    pim.mutation_faults.append("applied:cut")
    pim.query_faults.extend(["", ""] + ["400"] * 10)  # found, looked at, written; then it cannot be read again
    assert send(lake, pim).faults
    assert recorded(lake, "select count(*) from writebacks") == [(0,)]
    pim.query_faults.clear()
    publish(lake, {"R000001": 2.0})
    assert send(lake, pim).faults == []
    assert pim.store.forecasts() == wanted({"R000001": 2.0})
    assert recorded(lake, "select count(*) from writeback_conflicts") == [(0,)]


def test_a_release_that_the_pim_does_not_have_waits_and_two_of_one_number_are_named(lake: Lake, pim: PimServer) -> None:
    stock(pim, ["R000001", "R000002", "R000002"])
    publish(lake, {"R000001": 1.0, "R000002": 2.0, "R000003": 3.0})
    sent = send(lake, pim)
    assert sent.faults == ["R000002: objects 1002, 1003 have this releaseId; keep one"]
    assert sent.results["not in the PIM"] == 5
    assert pim.store.forecasts() == wanted({"R000001": 1.0})
    del pim.store.objects[1003]
    pim.store.put(1004, "Release", releaseId="R000003")
    assert send(lake, pim).faults == []
    assert pim.store.forecasts() == wanted({"R000001": 1.0, "R000002": 2.0, "R000003": 3.0})


def test_a_release_that_is_no_longer_forecast_is_cleared(lake: Lake, pim: PimServer) -> None:
    stock(pim, ["R000001", "R000002"])
    publish(lake, {"R000001": 1.0, "R000002": 2.0})
    send(lake, pim)
    publish(lake, {"R000001": 1.0})
    send(lake, pim)
    assert pim.store.forecasts() == wanted({"R000001": 1.0})


def test_a_wrong_key_and_an_unknown_field_say_what_is_wrong(lake: Lake, pim: PimServer) -> None:
    stock(pim, ["R000001"])
    publish(lake, {"R000001": 1.0})
    with pytest.raises(WebError, match="the key or its rights are wrong") as refused:
        write_back(lake, DataHubReleases(hub_of(pim, key="another-key")), "test")
    assert "another-key" not in str(refused.value)
    unknown = r"Cannot query field 'colour'.*let the configuration of the endpoint show it"
    with hub_of(pim) as hub, pytest.raises(PimError, match=unknown):
        hub.by_ids("Release", "id colour", [1])


@pytest.mark.parametrize("output", [{}, {"id": "1001"}, {"modificationDate": "yesterday"}, []])
def test_a_write_that_does_not_say_what_stands_now_is_looked_at_again(
    lake: Lake, pim: PimServer, output: object
) -> None:
    stock(pim, ["R1"])
    publish(lake, {"R1": 5.0})
    execute = pim.execute

    def silent(body: dict[str, Any]) -> dict[str, Any]:
        if not body["query"].startswith("mutation"):
            return execute(body)
        return {"data": {"done": {"success": True, "message": "", "output": output}}}

    pim.execute = silent  # type: ignore[method-assign]
    assert "without what stands now" in send(lake, pim).faults[0]
    pim.execute = execute  # type: ignore[method-assign]
    assert send(lake, pim).faults == []
    assert pim.store.forecasts() == wanted({"R1": 5.0})


def test_the_likeliest_buyers_are_written_and_change_alone(lake: Lake, pim: PimServer) -> None:
    stock(pim, list(UNITS))
    publish(lake, UNITS)
    publish_buyers(lake, {"R000001": [("B7", 0.724), ("B2", 0.5)], "R000999": [("B7", 0.1)]})
    send(lake, pim)
    assert pim.store.forecasts() == wanted(UNITS)
    assert in_the_pim(pim) == "B7 72%, B2 50%"
    assert send(lake, pim).fields == 0
    publish_buyers(lake, {"R000001": [(f"B{number}", 0.5 - number / 20) for number in range(8)]})
    assert send(lake, pim).fields == 1
    assert in_the_pim(pim) == "B0 50%, B1 45%, B2 40%, B3 35%, B4 30%"


def in_the_pim(pim: PimServer) -> object:
    """The buyers of the first release."""
    return next(one for one in pim.store.objects.values() if one["releaseId"] == "R000001")["recommendedBuyers"]
