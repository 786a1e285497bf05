"""Audio over HTTP: uploads end in a state, analyses stay in scope, links play until they end and cannot be forged."""

import html
import json
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.ingest.inbox.folder import Folder
from lake.ingest.inbox.registration import Linked, look, register
from lake.lakehouse import Lake
from tests import serving_lake
from tests.needs import need_packages
from tests.serving_clients import logged_in
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy
SOUND = bytes(range(256)) * 400
FILE_ID = sha256(SOUND).hexdigest()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def app(lake: Lake, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "limits", "argon2", target="serve-tools")
    from resources.settings import Settings
    from serving.api.app import create_app

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    monkeypatch.setenv("LACQUER_INBOX", str(inbox))
    made = create_app(Settings(lake=lake.root))
    yield made
    made.state.services.close()


def registered(lake: Lake, inbox: Path) -> None:
    """Look at the inbox as a run does, once its files are at rest; the track is that of the sidecar."""
    past = time.time() - 60
    for file in inbox.iterdir():
        os.utime(file, (past, past))

    def link(file: Any) -> Linked:
        sidecar = inbox / f"{file.name}.json"
        track = json.loads(sidecar.read_text())["track_id"] if sidecar.exists() else None
        return Linked(track, "sidecar" if track else None, None if track else "no track")

    folder = Folder(inbox)
    register(lake, folder, look(folder, lambda name: name.suffix == ".wav"), link)


def heard(lake: Lake) -> None:
    """The analyses of a track of R1 and one of R3, as published tables, and the JAMS of the first."""
    jams = f"audio/analyses/{FILE_ID[:2]}/{FILE_ID}.jams"
    path = lake.root / jams
    path.parent.mkdir(parents=True)
    path.write_text('{"annotations": []}')
    tracks = [{"track_id": f"T{n}", "title": f"Song {n}", "release_id": f"R{n}", "position": 1} for n in (1, 3)]
    serving_lake.republish(lake, "silver/tracks", pa.Table.from_pylist(tracks))
    row = {"bpm": 120.5, "musical_key": "Eb:minor", "integrated_lufs": -9.0, "section_labels": "AABA"}
    rows = [
        {**row, "track_id": "T1", "file_id": FILE_ID, "jams": jams},
        {**row, "track_id": "T3", "file_id": "f" * 64, "jams": "../lake.operational.sqlite"},
    ]
    serving_lake.republish(lake, "silver/audio_analyses", pa.Table.from_pylist(rows))


def test_an_upload_reaches_the_inbox_whole_with_its_track(client: MakeClient, lake: Lake, inbox: Path) -> None:
    caller = client("read,landing")
    sent = {"name": "../../etc/My söng?.WAV", "track_id": "T1"}
    answer = caller.post("/v1/audio/files", params=sent, content=SOUND)
    assert answer.status_code == 202, answer.text
    path = answer.json()["path"]
    assert (answer.json()["file_id"], path) == (FILE_ID, f"My söng_-{FILE_ID[:8]}.wav")
    assert sorted(file.name for file in inbox.iterdir()) == [path, f"{path}.json"]
    assert (inbox / path).read_bytes() == SOUND
    assert caller.get(f"/v1/audio/files/{FILE_ID}").json()["state"] == "waiting"
    registered(lake, inbox)
    found = caller.get(f"/v1/audio/files/{FILE_ID}").json()
    assert (found["state"], found["track_id"]) == ("uploaded", "T1")
    before = (inbox / path).stat().st_mtime_ns
    assert caller.post("/v1/audio/files", params=sent, content=SOUND).json()["path"] == path
    assert (inbox / path).stat().st_mtime_ns == before


def test_a_hundred_uploads_at_once_all_end_in_a_state(client: MakeClient, lake: Lake, inbox: Path) -> None:
    caller = client("read,landing")
    bodies = {f"song {n}.wav": f"sound {n} ".encode() * 5000 for n in range(100)}

    def send(name: str) -> str:
        answer = caller.post("/v1/audio/files", params={"name": name}, content=bodies[name])
        assert answer.status_code == 202, answer.text
        return str(answer.json()["file_id"])

    with ThreadPoolExecutor(20) as pool:
        ids = list(pool.map(send, bodies))
    assert ids == [sha256(body).hexdigest() for body in bodies.values()]
    registered(lake, inbox)
    states = [caller.get(f"/v1/audio/files/{one}").json()["state"] for one in ids]
    assert states == ["uploaded"] * 100
    assert not list((lake.root / "audio" / "uploads").iterdir())


def test_what_is_no_audio_or_not_allowed_is_refused(client: MakeClient, inbox: Path) -> None:
    caller, wav = client("read,landing"), {"name": "a.wav"}
    assert caller.post("/v1/audio/files", params={"name": "a.exe"}, content=SOUND).status_code == 415
    assert caller.post("/v1/audio/files", params=wav, content=b"").status_code == 400
    assert caller.post("/v1/audio/files", params=wav | {"track_id": "../x"}, content=SOUND).status_code == 422
    too_long = caller.post("/v1/audio/files", params=wav, headers={"Content-Length": str(2**31)}, content=b"x")
    assert too_long.status_code == 413
    assert client("read").post("/v1/audio/files", params=wav, content=SOUND).status_code == 403
    assert client("read,landing", "L1").post("/v1/audio/files", params=wav, content=SOUND).status_code == 403
    assert list(inbox.iterdir()) == []


def test_analyses_and_jams_are_those_of_own_releases(client: MakeClient, lake: Lake, app: Any) -> None:
    heard(lake)
    app.state.services.publications.refresh()
    whole, own = client(), client("read", "L1")
    assert [one["track_id"] for one in whole.get("/v1/audio/analyses").json()] == ["T1", "T3"]
    assert [one["track_id"] for one in own.get("/v1/audio/analyses").json()] == ["T1"]
    found = own.get("/v1/audio/analyses/T1").json()["analysis"]
    assert (found["bpm"], found["title"], found["release_id"]) == (120.5, "Song 1", "R1")
    assert own.get("/v1/audio/analyses/T1/jams").json() == {"annotations": []}
    for path in ("/v1/audio/analyses/T3", "/v1/audio/analyses/T3/jams"):
        assert own.get(path).status_code == 404
    assert own.post("/v1/audio/links", json={"track_id": "T3"}).status_code == 404
    assert whole.get("/v1/audio/analyses/T3/jams").status_code == 404  # its path leads out of the lake


def test_a_link_plays_without_a_key_until_it_ends(client: MakeClient, lake: Lake, inbox: Path, app: Any) -> None:
    client("read,landing").post("/v1/audio/files", params={"name": "a.wav", "track_id": "T1"}, content=SOUND)
    registered(lake, inbox)
    heard(lake)
    app.state.services.publications.refresh()
    made = client("read", "L1").post("/v1/audio/links", json={"track_id": "T1", "seconds": 60}).json()
    stranger = client(None)
    assert stranger.get(made["url"]).content == SOUND
    part = stranger.get(made["url"], headers={"Range": "bytes=256-511"})
    assert (part.status_code, part.content) == (206, SOUND[256:512])
    address, _, query = made["url"].partition("?")
    ends = int(query.split("&")[0].removeprefix("ends="))
    for forged in (
        made["url"].replace(f"ends={ends}", f"ends={ends + 1000}"),
        made["url"].replace(FILE_ID, "f" * 64),
        f"{address}?ends={ends}&signed=ü",
    ):
        assert stranger.get(forged).status_code == 403
    short = client().post("/v1/audio/links", json={"track_id": "T1", "seconds": 1}).json()["url"]
    time.sleep(2.1)
    assert stranger.get(short).status_code == 403
    assert client().post("/v1/audio/links", json={"track_id": "T1", "seconds": 86400}).status_code == 422


def test_the_release_page_plays_its_tracks(lake: Lake, inbox: Path, app: Any, client: MakeClient) -> None:
    need_packages("django_htmx", target="serve-tools")
    from resources.settings import Settings
    from serving.server import create_server

    client("read,landing").post("/v1/audio/files", params={"name": "a.wav", "track_id": "T1"}, content=SOUND)
    registered(lake, inbox)
    heard(lake)
    server = create_server(Settings(lake=lake.root), only="web")
    viewer = logged_in(server, "viewer", "L1")
    page = viewer.get("/releases/R1").text
    assert "120.5" in page
    assert "Eb:minor" in page
    (address,) = re.findall(r'<audio [^>]*src="([^"]+)"', page)
    assert viewer.get(html.unescape(address)).content == SOUND
    assert viewer.get("/listen/T1/jams").json() == {"annotations": []}
    assert viewer.get("/listen/T3/jams").status_code == 404
    server.state.services.close()
