"""Requests that schemathesis makes of the OpenAPI document, sent to a live server: none ends in a server error."""

import subprocess
from pathlib import Path

import httpx
import pytest

from tests import serving_lake
from tests.dashboard_server import served_dashboard
from tests.needs import need

pytestmark = pytest.mark.heavy
PROGRAM = Path(__file__).parents[3] / ".cache" / "schemathesis" / "venv" / "bin" / "schemathesis"
# All but `runs`: a run that is asked for would begin.
MAY = ["read", "export", "feedback", "overrides", "alerts", "tags", "prices", "landing", "generate", "admin"]
# 503 is a refusal: what is asked needs something that this installation has not been given.
CONFIGURATION = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]
"""


def test_no_request_of_schemathesis_ends_in_a_server_error(tmp_path: Path) -> None:
    need(PROGRAM.is_file(), "no schemathesis in .cache: make schemathesis")
    from resources.settings import Settings
    from serving.accounts.keys import create_key
    from serving.api.services import Services

    lake = serving_lake.build(tmp_path / "lake")
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    with served_dashboard(lake.root, "admin") as place:
        services = Services.of(Settings(lake=lake.root))
        key = create_key(services.database, services.hasher, "schemathesis", MAY, None, "test")[1]
        services.close()
        document = httpx.get(f"{place}/v1/openapi.json", headers={"X-API-Key": key}, timeout=120)
        assert document.status_code == 200
        (tmp_path / "openapi.json").write_bytes(document.content)
        command = [str(PROGRAM), "--config-file", "schemathesis.toml", "run", "openapi.json", "--url", place]
        command += ["--header", f"X-API-Key: {key}", "--checks", "not_a_server_error", "--seed", "18"]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "4", "--max-time", "45"]
        command += ["--suppress-health-check", "all", "--no-shrink", "--generation-database", "none"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "generated" in done.stdout
