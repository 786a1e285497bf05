"""Whatever the OpenAPI document lets somebody send, no route fails: it answers, or refuses with a problem document."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.needs import need_packages
from tests.openapi_requests import Operation, operations, requests
from tests.unit.web.test_attacks import key_client

pytestmark = pytest.mark.heavy
# All but `runs`: a run that is asked for would begin.
MAY = "read,export,feedback,overrides,alerts,tags,prices,landing,generate,admin"
BOUNDED = settings(
    max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def attempt(client: Any, one: Operation, document: dict[str, Any], statuses: Counter[int]) -> list[str]:
    """Send requests of an operation; those that made the server fail."""
    failures: list[str] = []

    @BOUNDED
    @given(told=requests(one, document))
    def sent(told: dict[str, Any]) -> None:
        body = told.pop("json", None)
        content = None if body is None else json.dumps(body).encode()
        headers = told["headers"] | {"Content-Type": "application/json"}
        answer = client.request(**{**told, "headers": headers, "content": content})
        statuses[answer.status_code] += 1
        is_refusal = answer.status_code == 503 and "problem" in answer.headers["content-type"]
        if answer.status_code >= 500 and not is_refusal:
            failures.append(f"{one.method} {told['url']} {told['params']} {str(body)[:500]}: {answer.status_code}")

    sent()
    return failures


def test_no_request_makes_the_server_fail(app: Any) -> None:
    need_packages("strawberry", "metricflow", target="serve-tools")
    client, document = key_client(app, MAY, None), app.openapi()
    every, statuses = list(operations(document)), Counter[int]()
    assert len(every) > 60
    assert [failure for one in every for failure in attempt(client, one, document, statuses)] == []
    assert statuses[200] + statuses[201] > 100  # not everything is refused
    assert statuses[422] > 100
