"""The audition on the page of a stem: three sounds of one length and level, and one page that needs nothing else."""

import base64
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lake.journals.generation import read_standings
from lake.lakehouse import Lake
from tests.audition_builders import RATE, stem_with_original
from tests.needs import need_packages
from tests.serving_clients import logged_in

pytestmark = pytest.mark.heavy


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def app(lake: Lake, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "limits", "argon2", "django_htmx", target="serve-tools")
    need_packages("av", "jams", "mir_eval", target="audio")
    from resources.settings import Settings
    from serving.server import create_server

    monkeypatch.setenv("LACQUER_RATE_LIMIT", "100000/minute")
    made = create_server(Settings(lake=lake.root, inbox=str(inbox)))
    yield made
    made.state.services.close()


def samples_of(flac: bytes, path: Path) -> np.ndarray:
    from audio.decode import Decoder

    path.write_bytes(flac)
    return np.concatenate(list(Decoder(path)), axis=1)[0].astype(float)


def test_original_stem_and_mix_are_the_same_loop_at_one_level(
    app: Any, lake: Lake, inbox: Path, tmp_path: Path
) -> None:
    asset = stem_with_original(lake, inbox)
    app.state.services.publications.refresh()
    client = logged_in(app, "generator")
    page = client.get(f"/assets/{asset}").text
    plan = read_standings(lake)[asset].details["inputs"]
    assert page.count('<line class="cursor"') == 3
    assert len(re.findall(r'<line class="(?:bar|grid)"', page)) == 3 * len(plan["beats_s"])
    sources = re.findall(rf'src="(/assets/{asset}/audition/\w+)"', page)
    assert [one.rsplit("/", 1)[1] for one in sources] == ["original", "stem", "mix"]
    original, stem, mix = (samples_of(client.get(one).content, tmp_path / "sound.flac") for one in sources)
    assert original.size == stem.size == mix.size == round(plan["duration_s"] * RATE)
    levels = [float(np.sqrt(np.mean(one**2))) for one in (original, stem, mix)]
    assert levels == pytest.approx([levels[0]] * 3, rel=1e-3)
    clicks = np.flatnonzero(np.abs(original) > 0.5 * np.abs(original).max()) / RATE  # the song's clicks are its beats
    assert clicks == pytest.approx(np.array(plan["beats_s"]), abs=1.5 / RATE)
    assert 'name="why"' in page
    assert logged_in(app, "generator", "L2").get(sources[0]).status_code == 404


def test_the_exported_page_holds_all_and_its_policy_allows_nothing_else(app: Any, lake: Lake, inbox: Path) -> None:
    asset = stem_with_original(lake, inbox)
    app.state.services.publications.refresh()
    client = logged_in(app, "generator")
    client.post(f"/assets/{asset}/decision", data={"decision": "reject", "why": "too <busy>"})
    answer = client.get(f"/assets/{asset}/audition.html")
    assert answer.headers["content-disposition"] == f'attachment; filename="audition-{asset}.html"'
    page = answer.text
    held = [base64.b64decode(one) for one in re.findall(r'src="data:audio/flac;base64,([^"]+)"', page)]
    assert held == [client.get(f"/assets/{asset}/audition/{part}").content for part in ("original", "stem", "mix")]
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    for element in ("script", "style"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert f"{element}-src 'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert not re.findall(r"https?://|unsafe", page)
    assert "rejected" in page
    assert "too &lt;busy&gt;" in page


def test_without_the_original_the_stem_is_heard_alone_and_the_page_says_why(app: Any, lake: Lake, inbox: Path) -> None:
    asset = stem_with_original(lake, inbox)
    (inbox / "song.wav").unlink()
    app.state.services.publications.refresh()
    client = logged_in(app, "generator")
    page = client.get(f"/assets/{asset}").text
    assert "the inbox does not hold the original any more" in page
    assert f'src="/assets/{asset}/file"' in page
    assert client.get(f"/assets/{asset}/audition/mix").status_code == 404
    assert client.get(f"/assets/{asset}/audition.html").status_code == 404
    assert client.get(f"/assets/{asset}/audition/vocals").status_code == 422
