"""REST of generated assets: ask, read, decide; each label sees its own."""

from collections.abc import Callable
from typing import Any

import pytest

from lake.journals.generation import read_standings
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.making import Outcome
from resources.generation.requests import ask
from resources.generation.working import work
from tests.generation_builders import WISH, draft, planted, publish_catalogue

pytestmark = pytest.mark.heavy
BODY = {"kind": "text", "subject_id": "R1", "names": ["shop"], "language": "en"}


@pytest.fixture
def catalogue(app: Any, lake: Lake) -> Lake:
    publish_catalogue(lake)
    app.state.services.publications.refresh()
    return lake


def made(app: Any, lake: Lake, make: Callable[[], Outcome] | None = None) -> str:
    """A draft of R1; its id."""
    ask(lake, WISH, "ana")
    work(lake, planted(make) if make else Generation())
    app.state.services.publications.refresh()
    return next(one.id for one in read_standings(lake).values() if one.subject == "asset")


def test_a_request_is_taken_and_seen(app: Any, catalogue: Lake, client: Any) -> None:
    answer = client("read,generate").post("/v1/marketing/requests", json=BODY)
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    app.state.services.publications.refresh()
    found = client().get(f"/v1/marketing/requests/{answer.json()['request_id']}").json()
    assert (found["release_id"], found["names"], found["requested_by"]) == ("R1", "shop", "read,generate of None")
    assert len(client().get("/v1/marketing/requests").json()) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [({"language": "fr"}, 422), ({"names": ["radio"]}, 422), ({"subject_id": "R9"}, 404), ({"kind": "song"}, 422)],
)
def test_what_cannot_be_made_is_refused(catalogue: Lake, client: Any, change: dict[str, Any], status: int) -> None:
    answer = client("read,generate").post("/v1/marketing/requests", json=BODY | change)
    assert answer.status_code == status
    assert read_standings(catalogue) == {}


def test_a_draft_is_read_and_decided_once(app: Any, catalogue: Lake, client: Any) -> None:
    asset = made(app, catalogue)
    found = client().get(f"/v1/marketing/assets/{asset}").json()
    assert found["content"].startswith("Discover Blue Hours by Artist 1.")
    assert found["inputs"]["facts"][0] == {
        "name": "title",
        "kind": "name",
        "value": "Blue Hours",
        "source": "gold.dim_release.title",
    }
    path, body = f"/v1/marketing/assets/{asset}/decision", {"decision": "approve", "why": "fits"}
    assert client("read").post(path, json=body).status_code == 403
    assert client("read,generate").post(path, json=body).json() == {"asset_id": asset, "state": "approved"}
    assert client("read,generate").post(path, json=body).status_code == 409
    assert client().get(f"/v1/marketing/assets/{asset}/file").status_code == 404


def test_findings_block_the_approval(app: Any, catalogue: Lake, client: Any) -> None:
    asset = made(app, catalogue, lambda: draft(({"text": "Grammy", "reason": "no fact"},)))
    path = f"/v1/marketing/assets/{asset}/decision"
    answer = client("read,generate").post(path, json={"decision": "approve", "why": "fits"})
    assert (answer.status_code, "Grammy" in answer.json()["detail"]) == (409, True)
    assert client("read,generate").post(path, json={"decision": "reject", "why": "a lie"}).status_code == 200


def test_a_label_sees_and_asks_for_its_own_only(app: Any, catalogue: Lake, client: Any) -> None:
    asset = made(app, catalogue)
    theirs, ours = client("read,generate", "L2"), client("read,generate", "L1")
    assert [len(one.get("/v1/marketing/assets").json()) for one in (theirs, ours)] == [0, 1]
    assert [one.get(f"/v1/marketing/assets/{asset}").status_code for one in (theirs, ours)] == [404, 200]
    decision = {"decision": "reject", "why": "mine"}
    assert theirs.post(f"/v1/marketing/assets/{asset}/decision", json=decision).status_code == 404
    assert theirs.post("/v1/marketing/requests", json=BODY).status_code == 404
    assert ours.post("/v1/marketing/requests", json=BODY).status_code == 202
