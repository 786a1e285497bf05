"""Importing the definitions reads code and the dbt manifest only, calls nobody, and brings nothing heavy along."""

import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from resources.dbt.project import MANIFEST, ManifestMissingError, load_manifest

CHECKOUT = Path(__file__).resolve().parents[3]
# Reads of data show up here; what belongs to Python, to installed packages or to the machine does not.
WATCHED = """
import json, os, sys
opened, called = [], []
def watch(event, details):
    if event == "open" and isinstance(details[0], (str, bytes)):
        opened.append(os.path.realpath(os.fsdecode(details[0])))
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        called.append(event)
{before}
sys.addaudithook(watch)
import definitions
heavy = [name for name in {heavy!r} if name in sys.modules]
print(json.dumps(dict(opened=sorted(set(opened)), called=called, heavy=heavy)))
"""
HEAVY = (
    *("lightgbm", "scipy", "polars", "duckdb", "pyarrow", "deltalake", "pandas", "numpy", "great_expectations"),
    *("torch", "mlflow", "feast", "prophet", "demo", "serving", "ml.forecasting.boosting"),
)
DISTRIBUTIONS = {
    "dagster-dbt": "dagster_dbt",
    "dbt-core": "dbt.cli.main",
    "dbt-duckdb": "dbt.adapters.duckdb",
    "pillow": "PIL",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}


def imported(before: str = "") -> dict[str, list[str]]:
    """What an import of the definitions does in a process of its own, once all bytecode is there."""
    code = WATCHED.format(before=before, heavy=HEAVY)
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def definitions_imported() -> dict[str, list[str]]:
    imported()
    return imported()


def _is_code_or_system(path: str) -> bool:
    own = Path(path).is_relative_to(CHECKOUT) and not Path(path).is_relative_to(CHECKOUT / ".venv")
    if own:
        return path.endswith((".py", ".pyc"))
    places = {sys.prefix, sys.base_prefix, str(CHECKOUT / ".venv"), "/proc", "/sys", "/dev", "/etc", "/usr"}
    return any(Path(path).is_relative_to(Path(place).resolve()) for place in places)


def test_no_file_is_read_but_code_and_the_manifest(definitions_imported: dict[str, list[str]]) -> None:
    read = [path for path in definitions_imported["opened"] if not _is_code_or_system(path)]
    assert [path for path in read if path != str(CHECKOUT / ".env")] == [str(MANIFEST)]


def test_nobody_is_called(definitions_imported: dict[str, list[str]]) -> None:
    assert definitions_imported["called"] == []


def test_nothing_heavy_comes_along(definitions_imported: dict[str, list[str]]) -> None:
    assert definitions_imported["heavy"] == []


def test_a_missing_manifest_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ManifestMissingError, match=r"manifest\.json: .* run `make manifest`"):
        load_manifest(tmp_path / "manifest.json")
    gone = f"import resources.dbt.project as m\nm.load_manifest.__defaults__ = (m.Path({str(tmp_path / 'none')!r}),)"
    with pytest.raises(AssertionError, match="run `make manifest`"):
        imported(before=gone)


@pytest.mark.heavy
def test_every_core_dependency_imports_to_the_last_line() -> None:
    """Some packages are known to end the process in silence, depending on who comes first."""
    wanted = (CHECKOUT / "requirements" / "core.in").read_text()
    names = [re.split(r"[\[<>=]", line)[0] for line in wanted.splitlines() if line and not line.startswith("#")]
    modules = [DISTRIBUTIONS.get(name, name.replace("-", "_")) for name in names]
    assert len(modules) >= 15
    code = "\n".join([*(f"import {module}" for module in modules), "print('the last line')"])
    answer = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=CHECKOUT)
    assert (answer.returncode, answer.stdout) == (0, "the last line\n"), answer.stderr


def test_the_front_door_gives_one_definitions_object() -> None:
    definitions = import_module("definitions")
    jobs = {"main", "audio", "main_with_audio", "outside", "pim", "seasonality", "maintenance"}
    jobs |= {"retrain", "promote_model", "signals", "generation", "publish_approved", "search_model", "quality"}
    assert {job.name for job in definitions.defs.jobs} == jobs
    sensors = [sensor.name for sensor in definitions.defs.sensors]
    before = ["drift_sensor", "landing_sensor", "streams_sensor", "inbox_sensor"]
    assert sensors == [*before, "generation_sensor", "publishing_sensor", "delivery_sensor", "recording_sensor"]
    schedules = [schedule.name for schedule in definitions.defs.schedules]
    weekly = ["weekly_maintenance", "weekly_seasonality", "weekly_retraining", "weekly_search"]
    assert schedules == ["daily", "daily_quality", *weekly, "outside", "pim"]
