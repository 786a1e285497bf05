"""Stems from end to end with real, small models: in the lake, and by `lacquer analyze --stems`.

Needs torch (make stems); where the heavy tests run on CI it has to be there.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import DagsterInstance

from tests.conftest import CHECKOUT
from tests.integration.audio.hearing import Ran, ask, run, song
from tests.integration.audio.test_analyze import analyze
from tests.needs import need_packages
from tests.unit.audio.demucs_builders import list_checksums, save_safetensors, tiny

pytestmark = pytest.mark.heavy
NAMES = ("bass", "drums", "other", "vocals")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_packages("torch", "demucs", target="stems")
    folder = tmp_path_factory.mktemp("models")
    save_safetensors(tiny(1), folder / "small.safetensors")
    list_checksums(folder)
    return folder


def test_each_song_of_the_inbox_is_taken_apart_once(models: Path, heard: tuple[Path, Ran], tmp_path: Path) -> None:
    home = Path(shutil.copytree(heard[0], tmp_path / "home"))
    lake, inbox = home / "lake", home / "inbox"
    tracks = ask(lake, "select count(*) from audio_analyses")[0][0]
    assert tracks > 1
    with DagsterInstance.ephemeral() as instance:
        first, second = (run(lake, inbox, instance, models=models, model="small") for _ in range(2))
    assert first.success
    assert not [name for name in first.failed_checks if name.startswith("silver/stems")]
    assert first.metadata["silver/stems"]["stems"] == f"{tracks} tracks taken apart"
    assert second.metadata["silver/stems"]["stems"] == "0 tracks taken apart"
    counted = ask(lake, "select stem, count(*) from stems group by all order by all")
    assert counted == [(name, tracks) for name in NAMES]
    lengths = "select max(abs(s.duration_s - a.duration_s)) from stems s join audio_analyses a using (track_id)"
    assert ask(lake, lengths)[0][0] < 1e-6
    for path, stated in ask(lake, "select path, sha256 from stems"):
        assert hashlib.sha256((lake / path).read_bytes()).hexdigest() == stated


def test_the_command_takes_apart_what_it_could_analyse(models: Path, tmp_path: Path) -> None:
    song(tmp_path / "good.wav", 120)
    (tmp_path / "text.mp3").write_text("no music")
    ended = analyze(
        *("good.wav", "text.mp3", "--out", "out", "--stems", "--models", models, "--model", "small"), cwd=tmp_path
    )
    assert ended.returncode == 1  # of the text
    assert "good: drums, bass, other, vocals by small in out/good.stems" in ended.stdout
    told = {Path(one["file"]).name: one for one in json.loads((tmp_path / "out" / "summary.json").read_text())["files"]}
    assert told["text.mp3"]["stems"] is None
    assert told["good.wav"]["stems"]["status"] == "separated"
    stated = json.loads((tmp_path / "out" / "good.stems" / "stems.json").read_text())
    assert {one["stem"] for one in stated["stems"]} == set(NAMES)
    assert {(one["sample_rate"], one["channels"], one["duration_s"]) for one in stated["stems"]} == {(22_050, 1, 6.0)}

    skipped = analyze("good.wav", "--out", "again", "--stems", "--models", models, "--model", "large", cwd=tmp_path)
    assert skipped.returncode == 0
    assert f"stems skipped: no model large in {models}; there: small" in skipped.stdout
    told = json.loads((tmp_path / "again" / "summary.json").read_text())["files"][0]["stems"]
    assert told["status"] == "skipped"


def test_the_bench_measures_the_model_at_its_published_size(models: Path, tmp_path: Path) -> None:
    """In a process, on two seconds of music: as many weights as the published htdemucs, within a worker's memory."""
    from audio.separation.work import MIB

    out = tmp_path / "stems.md"
    ended = subprocess.run(
        [sys.executable, "-m", "serving.cli", "bench", "stems", "--scale", "tiny", "--out", str(out)],
        cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    report = out.read_text(encoding="utf-8")
    assert "htdemucs at full size (41,984,456 random weights)" in report
    (row,) = (line for line in report.splitlines() if line.startswith("| 2 |"))
    seconds, _, wall_s, cpu_s, peak_mib, bar = (cell.strip() for cell in row.strip("|").split("|"))
    assert (seconds, bar) == ("2", "-"), "the bar is that of three minutes"
    assert float(wall_s) > 0
    assert float(cpu_s) > 0
    assert 42_000_000 * 4 / 2**20 < float(peak_mib.replace(",", "")) < MIB
