"""`lacquer analyze` as its user has it: a process, its files, its words, its exit code; then the page in the file."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from serving.commands.analyze import listed
from tests.conftest import CHECKOUT
from tests.integration.audio.hearing import song

COMMAND = [sys.executable, "-m", "serving.cli", "analyze"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "140", "NO_COLOR": "1"}


def analyze(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder of files, bad ones among good ones and two of one name, and what the command said about them."""
    home = tmp_path_factory.mktemp("analyze")
    song(home / "music" / "a [live].wav", 120)
    song(home / "music" / "b" / "Song.wav", 100)
    song(home / "music" / "c" / "song.wav", 150)
    (home / "music" / "broken.mp3").write_text("no music")
    (home / "music" / "cover.jpg").write_text("no audio")
    return home, analyze("music", "--out", "out", "--jobs", 2, cwd=home)


def test_a_bad_file_fails_alone_and_the_exit_code_tells(
    done: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    home, ended = done
    assert ended.returncode == 1
    assert ended.stdout.rstrip().endswith("3 analysed, 1 failed; out/summary.json")
    assert "music/broken.mp3: failed: not decodable: no format that FFmpeg reads" in ended.stdout
    rows = [line for line in ended.stdout.splitlines() if "wav" in line]
    assert len(rows) == 3
    assert "a [live].wav" in rows[0]
    assert ["broken.mp3: failed" in line for line in ended.stderr.splitlines()].count(True) == 1
    assert re.findall(r"^\[(\d)/4\]", ended.stderr, re.MULTILINE) == ["1", "2", "3", "4"]
    assert sorted(path.name for path in (home / "out").iterdir()) == [
        "Song.html",
        "Song.jams",
        "a [live].html",
        "a [live].jams",
        "song-2.html",
        "song-2.jams",
        "summary.json",
    ]


def test_the_summary_has_a_row_per_file_that_agrees_with_its_jams(
    done: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    home, _ = done
    summary = json.loads((home / "out" / "summary.json").read_text())
    assert summary["counts"] == {"whole": 3, "partial": 0, "failed": 1}
    by_jams = {row["jams"]: row for row in summary["files"]}
    assert {jams: row["file"] for jams, row in by_jams.items()} == {
        "a [live].jams": "music/a [live].wav",
        "Song.jams": "music/b/Song.wav",
        "song-2.jams": "music/c/song.wav",
        None: "music/broken.mp3",
    }
    for jams, bpm in (("a [live].jams", 120), ("Song.jams", 100), ("song-2.jams", 150)):
        told = json.loads((home / "out" / jams).read_text())
        tempo = next(one["data"] for one in told["annotations"] if one["namespace"] == "tempo")
        assert round(by_jams[jams]["bpm"], 3) == tempo[0]["value"] == pytest.approx(bpm, rel=0.02)
        assert by_jams[jams]["decoded_s"] == told["file_metadata"]["duration"] == pytest.approx(6.0)
    assert by_jams[None]["reason"] == "not decodable: no format that FFmpeg reads"


def test_the_page_holds_song_and_sound_and_asks_no_network(
    done: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    home, _ = done
    page = (home / "out" / "a [live].html").read_text()
    (data,) = re.findall(r"const song = (\{.*\});", page)
    told = json.loads(data.replace("<\\/", "</"))
    jams = json.loads((home / "out" / "a [live].jams").read_text())
    beats = next(one["data"] for one in jams["annotations"] if one["namespace"] == "beat")
    assert told["name"] == "a [live].wav"
    assert told["beats"] == [[round(one["time"], 3), one["value"]] for one in beats]
    assert dict(told["facts"])["tempo"].startswith("120")
    assert "data:audio/wav;base64,UklGR" in page, "the sound is in the page"
    assert re.findall(r"(?:src|href)=[\"']?https?:", page) == []


@pytest.mark.heavy
def test_two_processes_write_the_bytes_that_one_writes(tmp_path: Path) -> None:
    """What a file's neighbours are, which process took it and after what, leaves no trace in its JAMS or page."""
    for number, bpm in enumerate((90, 120, 150, 75)):
        song(tmp_path / "music" / f"{number}.wav", bpm, seconds=8 + number, hz=220 * (1 + number / 7))
    for out, jobs in (("one", 1), ("two", 2), ("again", 2)):
        assert analyze("music", "--out", out, "--jobs", jobs, cwd=tmp_path).returncode == 0
    names = sorted(path.name for path in (tmp_path / "one").iterdir() if path.suffix in (".jams", ".html"))
    assert len(names) == 8
    for name in names:
        written = {(tmp_path / out / name).read_bytes() for out in ("one", "two", "again")}
        assert len(written) == 1, name


def test_on_a_terminal_there_is_a_bar_and_no_line_per_file(tmp_path: Path) -> None:
    song(tmp_path / "a.wav", 120)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "a.wav", "--out", "out"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 4096):
                seen += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        os.close(ours)
        assert process.wait(60) == 0
    assert b"analysing" in seen
    assert b"0/1" in seen
    assert b"a.wav" not in seen


def test_ctrl_c_ends_it_and_its_children_and_leaves_no_half_file(tmp_path: Path) -> None:
    for number in range(6):
        song(tmp_path / "music" / f"{number}.wav", 100 + number, seconds=20)
    with subprocess.Popen(
        [*COMMAND, "music", "--out", "out", "--jobs", "1"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("[1/6]")
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) not in (0, 1)
        assert "Traceback" not in process.stderr.read()
    names = {path.suffix for path in (tmp_path / "out").iterdir()}
    assert names <= {".jams", ".html"}, "no summary of what was not done, no part of a file"
    deadline = time.monotonic() + 10
    alive = children.stdout.split()
    assert alive
    while any(Path(f"/proc/{pid}").exists() for pid in alive) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in alive if Path(f"/proc/{pid}").exists()]


def test_what_cannot_be_done_is_said_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    nothing = analyze("empty", "--out", "out", cwd=tmp_path)
    assert nothing.returncode == 1
    assert "no audio file in empty: name files, or folders that hold .mp3, .wav" in nothing.stderr
    (tmp_path / "file").write_text("")
    no_folder = analyze("gone.wav", "--out", "file", cwd=tmp_path)
    assert no_folder.returncode == 1
    assert "name a folder that can be written" in no_folder.stderr
    gone = analyze("gone.wav", "--out", "out", cwd=tmp_path)
    assert gone.returncode == 1
    assert "gone.wav: failed: no such file" in gone.stdout
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["counts"]["failed"] == 1


def test_a_file_given_twice_is_analysed_once(tmp_path: Path) -> None:
    path = tmp_path / "music" / "a.wav"
    path.parent.mkdir()
    path.write_bytes(b"")
    assert listed([tmp_path / "music", path, path]) == [path]


def test_a_process_that_wants_too_much_memory_fails_alone(tmp_path: Path) -> None:
    """The limit is a tenth of what a child may have; the message says which limit it was."""
    from audio.confinement import confine

    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            confine(150)
            bytearray(400 * 2**20)
            os.write(writer, b"had it")
        except MemoryError:
            os.write(writer, b"refused")
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"refused"
    os.close(reader)


def test_a_name_that_is_no_utf_8_is_a_name_like_any_other(tmp_path: Path) -> None:
    """An old disk's Latin-1 é: the file is analysed, and what is said of it can be read."""
    song(tmp_path / "good.wav", 120)
    os.rename(tmp_path / "good.wav", os.fsencode(tmp_path) + b"/caf\xe9.wav")
    ended = analyze(tmp_path, "--out", "out", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert os.path.exists(os.fsencode(tmp_path) + b"/out/caf\xe9.jams")
    told = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["files"]
    assert [(Path(one["file"]).name, one["status"]) for one in told] == [(r"caf\udce9.wav", "whole")]
