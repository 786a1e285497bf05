"""Pictures of releases: drafts by rules or by a model on a scripted server, their measures and their cost."""

import base64
import hashlib
import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from lake.journals.generation import StateError
from lake.lakehouse import Lake
from resources.generation.costs import spent
from resources.generation.deciding import approve
from resources.generation.installation import Generation
from resources.generation.requests import RequestError, Wish, ask
from resources.generation.working import work
from resources.image_model import ImageModel
from tests.needs import need_packages
from tests.openai_server import CUT, Scripted, openai_server

PRICE = 0.25
COLUMNS = "asset_id, name, path, sha256, backend, model, prompt, seed, inputs, scores, findings, finding_count"


def rows(lake: Lake) -> list[dict]:
    con = lake.connect(lake.published())
    found = con.execute(f"select {COLUMNS} from gold.generated_assets order by name").fetchall()
    return [dict(zip(COLUMNS.split(", "), row, strict=True)) for row in found]


def request(lake: Lake) -> tuple[str, str, float]:
    sql = "select state, why, cost from gold.generation_requests order by requested_at desc limit 1"
    return lake.connect(lake.published()).execute(sql).fetchall()[0]


def test_pictures_by_rules_are_drafts_with_their_measures_until_a_person_approves(lake: Lake) -> None:
    ask(lake, Wish("picture", "R1", ("banner", "social"), parameters={"seed": 3}), "ana")
    work(lake, Generation())
    banner, social = rows(lake)
    for row, size in ((banner, (1200, 400)), (social, (1200, 630))):
        body = (lake.root / row["path"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
        with Image.open(io.BytesIO(body)) as image:
            assert (image.format, image.size) == ("PNG", size)
        scores = json.loads(row["scores"])
        assert (scores["inside_safe_area"], scores["contrast"] >= 4.5, row["finding_count"]) == (1, True, 0)
        assert (row["backend"], row["model"], row["prompt"], row["seed"]) == ("rules", None, None, 3)
        facts = {one["name"]: one["value"] for one in json.loads(row["inputs"])["facts"]}
        assert facts == {"title": "Blue Hours", "artist_name": "Artist 1", "genre": "jazz"}
    assert approve(lake, banner["asset_id"], "Ada", "fits").state == "approved"
    assert request(lake) == ("completed", "2 drafts", 0)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish("picture", "R1", ("poster",)), "name each once, of cover"),
        (Wish("picture", "R1", ("cover", "cover")), "name each once"),
        (Wish("picture", "R1", ("cover",), "en"), "takes no language"),
        (Wish("picture", "R1", ("cover",), backend="template"), "makes no picture"),
    ],
)
def test_what_cannot_be_drawn_is_refused(lake: Lake, wish: Wish, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        ask(lake, wish, "ana")


def test_a_release_without_a_title_has_no_picture(lake: Lake) -> None:
    ask(lake, Wish("picture", "R4", ("banner",)), "ana")
    work(lake, Generation())
    assert request(lake)[:2] == ("failed", "the release has no title; a picture needs one")


@pytest.fixture
def server() -> Iterator[Scripted]:
    need_packages("openai", target="serve-tools")
    with openai_server() as scripted:
        yield scripted


def painted(colour: tuple[int, int, int], size: tuple[int, int] = (1536, 1024)) -> str:
    """An answer of the images endpoint: a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(file.getvalue()).decode()}]})


def by_model(server: Scripted, limit: float | None = None, timeout_s: float = 20.0) -> Generation:
    model = ImageModel(server.url, "key", "painter-1", timeout_s=timeout_s, retries=0)
    return Generation(monthly_limit=limit, image_model=model, image_price=PRICE)


def test_a_model_paints_the_ground_and_rules_set_the_words(lake: Lake, server: Scripted) -> None:
    server.answers((200, painted((250, 250, 250)), 0.0))
    ask(lake, Wish("picture", "R1", ("banner",)), "ana")
    work(lake, by_model(server))
    (row,) = rows(lake)
    (sent,) = server.requests
    assert (sent["model"], sent["size"], sent["prompt"]) == ("painter-1", "1536x1024", row["prompt"])
    assert "Blue Hours" not in row["prompt"]
    assert (row["model"], row["backend"], json.loads(row["scores"])["cost"]) == ("painter-1", "model", PRICE)
    with Image.open(lake.root / row["path"]) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels[0, 0] == 250).all()  # above the shade it is as painted
    assert row["finding_count"] == 0  # the shade keeps white words legible on white
    assert spent(lake) == pytest.approx(PRICE)


FAULTS: dict[str, tuple[tuple[int, str, float], str, float]] = {
    "slow": ((200, painted((0, 0, 0)), 1.5), "banner: no picture (timeout)", PRICE),
    "429": ((429, "{}", 0.0), "banner: no picture (rate_limit)", 0.0),
    "500": ((500, "{}", 0.0), "banner: no picture (server)", 0.0),
    "refused": ((400, '{"error": {"message": "safety system"}}', 0.0), "banner: no picture (refused_request)", 0.0),
    "no data": ((200, '{"created": 1, "data": []}', 0.0), "banner: no picture (invalid)", PRICE),
    "an address": ((200, '{"created": 1, "data": [{"url": "http://x"}]}', 0.0), "banner: no picture (invalid)", PRICE),
    "no base64": ((200, '{"created": 1, "data": [{"b64_json": "?"}]}', 0.0), "banner: no picture (invalid)", PRICE),
    "no picture": ((200, '{"created": 1, "data": [{"b64_json": "aGk="}]}', 0.0), "banner: no picture (invalid)", PRICE),
    "half an answer": ((200, painted((0, 0, 0))[:99] + CUT, 0.0), "banner: no picture (unreachable)", PRICE),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_server_is_a_failed_request_whose_cost_counts_once(
    lake: Lake, server: Scripted, fault: str
) -> None:
    reply, reason, cost = FAULTS[fault]
    server.answers(reply)
    ask(lake, Wish("picture", "R1", ("banner",), backend="model"), "ana")
    work(lake, by_model(server, timeout_s=0.3 if fault == "slow" else 20.0))
    state, why, counted = request(lake)
    assert (state, why.startswith(reason), counted) == ("failed", True, pytest.approx(cost)), why
    assert spent(lake) == pytest.approx(cost)


def test_the_limit_holds_before_the_server_is_asked_and_words_that_do_not_fit_cost_nothing(
    lake: Lake, server: Scripted
) -> None:
    server.answers((200, painted((0, 0, 0)), 0.0))
    ask(lake, Wish("picture", "R1", ("banner", "social")), "ana")
    work(lake, by_model(server, limit=0.4))
    assert request(lake)[1].startswith("the monthly limit is 0.4: 0.0000 is spent and this may cost 0.5000")
    assert server.requests == []
    ask(lake, Wish("picture", "R1", ("banner",), backend="rules"), "ana")
    assert work(lake, by_model(server, limit=0.0)).drafts == 1


def test_without_a_model_one_cannot_be_asked_for(lake: Lake) -> None:
    ask(lake, Wish("picture", "R1", ("banner",), backend="model"), "ana")
    work(lake, Generation())
    assert "LACQUER_IMAGE_MODEL" in request(lake)[1]


def test_an_illegible_picture_cannot_be_approved(lake: Lake, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the shade, and with white words only, a white ground makes them illegible."""
    monkeypatch.setattr("ml.pictures.lettering.SHADE", 0.0)
    monkeypatch.setattr("ml.pictures.lettering.DARK", (255, 255, 255))
    server.answers((200, painted((250, 250, 250)), 0.0))
    ask(lake, Wish("picture", "R1", ("banner",)), "ana")
    work(lake, by_model(server))
    (row,) = rows(lake)
    assert [one["text"] for one in json.loads(row["findings"])] == ["contrast"]
    with pytest.raises(StateError, match=r'1 findings that block its approval: "contrast": 1\.0 to 1'):
        approve(lake, row["asset_id"], "Ada", "white on white")
