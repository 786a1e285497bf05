"""Fetching: whole items only, faults that stay with their source, nothing twice, one fetch at a time."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lake.delta.storage import only_if_free
from lake.journals.standings import read_standings
from lake.lakehouse import Lake
from resources.outside.fetching import OutsideSources
from resources.outside.kinds import SourcesFileError, read_sources
from tests.unit.outside.conftest import NOON, Outside
from tests.unit.outside.test_rates import MONDAY, rates
from tests.unit.outside.test_weather import answer
from tests.web_server import Answer, WebServer

CHECKOUT = Path(__file__).resolve().parents[3]


def ecb(name: str, url: str) -> dict[str, object]:
    return {"name": name, "type": "ecb-rates", "currencies": ["USD"], "since": "2026-03-06", "url": url}


def test_a_source_that_is_down_leaves_the_others_alone(outside: Outside, server: WebServer) -> None:
    outside.configure(ecb("down", f"{server.url}/down"), ecb("up", f"{server.url}/up"))
    server.on("/down/eurofxref-hist-90d.xml", Answer(status=500))
    server.on("/up/eurofxref-hist-90d.xml", rates(d20260309=MONDAY))
    reports = outside.fetch()
    assert (reports["down"].events, reports["up"].events) == (0, 1)
    assert reports["up"].faults == []
    assert "down: GET " in reports["down"].faults[0]
    assert "4 attempts: 500 Internal Server Error" in reports["down"].faults[0]
    lake = Lake(outside.root / "lake")
    assert "" not in read_standings(lake, "down")  # it did not count as fetched
    assert read_standings(lake, "up")[""].fetched_at == NOON


def test_an_item_with_a_fault_leaves_its_neighbours_alone(outside: Outside, server: WebServer) -> None:
    place = {"latitude": 50, "longitude": 10, "timezone": "UTC"}
    places = [{"region": region, **place, "latitude": latitude} for region, latitude in (("DE", 1), ("FR", 2))]
    urls = {"archive_url": f"{server.url}/archive"}
    outside.configure({"name": "w", "type": "open-meteo", "places": places, "since": "2026-03-09", **urls})
    whole = Answer(answer({"2026-03-09": (1.0, 0.0)}))
    broken = Answer(b"<html>", headers={"Content-Type": "text/html"})
    server.on("/archive", lambda asked: broken if asked.query["latitude"].startswith("1") else whole)
    report = outside.fetch()["w"]
    assert (report.events, report.items) == (2, 1)
    assert report.faults[0].startswith("w: DE: the answer is no JSON (text/html; it begins '<html>')")
    assert {event["entity_id"] for event in outside.events()} == {"FR"}


def test_an_item_that_is_named_twice_is_fetched_once_and_said(outside: Outside, server: WebServer) -> None:
    series = {"flow": "ICP", "key": "M.DE", "kind": "inflation", "region": "DE", "published_after_days": 20}
    outside.configure({"name": "s", "type": "sdmx", "since": "2026-01", "url": server.url, "series": [series, series]})
    server.on("/data/ICP/M.DE", b"TIME_PERIOD,OBS_VALUE\n2026-01,2.1\n")
    report = outside.fetch()["s"]
    assert report.faults == ["s: ICP/M.DE is named twice in the sources file; name it once, or in two sources"]
    assert (report.events, len(server.asked)) == (1, 1)


def test_a_kill_between_landing_and_noting_lands_nothing_twice(
    outside: Outside, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.configure(ecb("ecb", server.url))
    server.on("/eurofxref-hist-90d.xml", rates(d20260309=MONDAY))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("resources.outside.fetching.write_standings", killed)
        with pytest.raises(KeyboardInterrupt):
            outside.fetch()
    assert len(outside.files()) == 1
    report = outside.fetch()["ecb"]
    assert (report.events, report.files) == (1, [])  # fetched again, and it was there
    assert len(outside.files()) == 1
    assert outside.fetch()["ecb"].faults  # now the daily file is asked for, which this server does not have


def test_of_two_processes_one_fetches(outside: Outside, server: WebServer) -> None:
    outside.configure(ecb("ecb", server.url))
    server.on("/eurofxref-hist-90d.xml", rates(d20260309=MONDAY))
    with only_if_free(outside.root / "lake", "fetch-ecb") as alone:
        assert alone
        report = outside.fetch()["ecb"]
    assert report.notes == ["it is being fetched by another process"]
    assert server.asked == []
    assert outside.fetch()["ecb"].events == 1


def test_a_killed_fetch_leaves_no_half_file_and_no_lock(outside: Outside, server: WebServer) -> None:
    """Kill -9 in the middle of a slow answer; the next fetch gets everything."""
    outside.configure(ecb("ecb", server.url))

    def slow(asked: object) -> Answer:
        time.sleep(1.5)
        return Answer(rates(d20260309=MONDAY))

    server.on("/eurofxref-hist.xml", slow)
    server.on("/eurofxref-hist-90d.xml", rates(d20260309=MONDAY))
    command = [sys.executable, "-m", "serving.cli", "fetch", "--lake", str(outside.root / "lake")]
    environment = os.environ | {"LACQUER_SOURCES": str(outside.root / "sources.yaml"), "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL)
    while not server.asked and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert outside.files() == []
    assert outside.fetch()["ecb"].events == 1


def test_a_source_is_due_when_its_time_has_come(outside: Outside, server: WebServer) -> None:
    outside.configure(ecb("daily", server.url), ecb("hourly", server.url) | {"every": "hour"})
    server.on("/eurofxref-hist-90d.xml", rates(d20260309=MONDAY))
    server.on("/eurofxref-daily.xml", rates(d20260309=MONDAY))
    sources: OutsideSources = outside.sources()

    def due(hours: float) -> list[str]:
        return [source.name for source in sources.due(NOON + dt.timedelta(hours=hours))]

    assert due(0) == ["daily", "hourly"]
    outside.fetch()
    assert (due(0.5), due(1), due(23.5)) == ([], ["hourly"], ["daily", "hourly"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: [", "while parsing"),
        ("weather: 1", "it has to be `sources:` and a list below"),
        ("sources: {name: x}", "it has to be `sources:` and a list below"),
        ("sources: [{name: x}]", "x: type: Unable to extract tag"),
        ("sources: [{name: x, type: fax}]", "does not match any of the expected tags"),
        ("sources: [{name: x, type: ecb-rates}]", "currencies: Field required"),
        ("sources: [{name: x, type: ecb-rates, currencies: [USD], currency: 1}]", "currency: Extra inputs"),
        ("sources: [{name: ../x, type: ecb-rates, currencies: [USD]}]", "String should match pattern"),
        ("sources: [{name: x, type: open-meteo, key: abc123}]", "a key does not belong in the file"),
        ("sources: [&a {name: x, type: ecb-rates, currencies: [USD]}, *a]", "x is there twice"),
    ],
)
def test_a_mistake_in_the_sources_file_is_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(text)
    with pytest.raises(SourcesFileError) as failed:
        read_sources(tmp_path / "sources.yaml", {})
    assert said in str(failed.value)
    assert "abc123" not in str(failed.value)


def test_a_source_without_its_key_is_left_out_by_name(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "sources:\n- {name: w, type: open-meteo, key: '${METEO_KEY}'}\n- {name: e, type: ecb-rates, currencies: [X]}\n"
    )
    configured = read_sources(tmp_path / "s.yaml", {})
    assert [source.name for source in configured.sources] == ["e"]
    assert configured.lacking == {"w": ("METEO_KEY",)}
    with pytest.raises(SourcesFileError, match="No such file"):
        read_sources(tmp_path / "none.yaml", {})
