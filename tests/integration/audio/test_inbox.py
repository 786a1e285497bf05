"""From files in a folder to tables: what is heard, what is not and why, and that nothing is done twice."""

import json
import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance

from audio.analysis import VERSION
from lake.delta.table import Table
from lake.ingest.inbox.audio_files import due_files, in_state, put_files, read_files
from lake.lakehouse import Lake
from serving.runs.results import audio
from tests.integration.audio.hearing import Ran, ask, listen, named, run, song

HEARD = ("T0001-01", "T0001-02", "T0001-03")


def files_of(home: Path) -> list[tuple[object, ...]]:
    return ask(
        home / "lake", "select path, copies, track_id, linked_by, state, reason from audio_files order by path, copies"
    )


def of(track: str) -> str:
    return f"where track_id = '{track}'"


def versions(home: Path) -> dict[str, int]:
    lake = Lake(home / "lake")
    return {key: Table(lake.path(key)).version() for key in lake.versions() if "audio" in key or "silver" in key}


def test_each_file_is_linked_and_in_the_state_that_it_is_in(heard: tuple[Path, Ran]) -> None:
    assert files_of(heard[0]) == [
        ("T0001-01 fast.wav", 1, "T0001-01", "file name", "analyzed", None),
        ("T0001-05.wav", 1, "T0001-05", "file name", "failed", "silent: never over -60 dBFS"),
        ("album/DEABC2400002.wav", 1, "T0001-02", "file name", "analyzed", None),
        ("listed.wav", 2, "T0001-03", "list", "analyzed", None),
        ("nobody's.wav", 1, None, None, "uploaded", None),
        ("text.mp3", 1, "T0001-04", "list", "failed", "not decodable: no format that FFmpeg reads"),
    ]
    assert heard[1].failed_checks == {
        "bronze/audio_files.all_linked": "1 of 6 files wait for a track: nobody's.wav: its name holds no track number "
        "or ISRC of the PIM; name its track in tracks.csv",
        "silver/audio_analyses.all_heard": "2 files could not be analysed: T0001-05.wav: silent: never over -60 dBFS; "
        "text.mp3: not decodable: no format that FFmpeg reads",
    }
    assert heard[1].partitions == set(HEARD)


def test_tables_say_what_the_jams_says(heard: tuple[Path, Ran]) -> None:
    lake = heard[0] / "lake"
    bpm = dict(ask(lake, "select track_id, bpm from audio_analyses"))
    assert bpm == {
        "T0001-01": pytest.approx(150, rel=0.02),
        "T0001-02": pytest.approx(100, rel=0.02),
        "T0001-03": pytest.approx(120, rel=0.02),
    }
    for track, jams, page, embedding in ask(lake, "select track_id, jams, page, embedding from audio_analyses"):
        told = json.loads((lake / jams).read_text())
        assert (lake / page).is_file()
        of = {one["namespace"]: one["data"] for one in told["annotations"]}
        assert embedding == told["sandbox"]["lacquer"]["embedding"]
        beats = ask(lake, f"select time_s, position from beats where track_id = '{track}' order by beat")
        assert beats == [(one["time"], one["value"]) for one in of["beat"]]
        for table, namespace in (("chords", "chord"), ("sections", "segment_open")):
            rows = ask(lake, f"select start_s, end_s, label from {table} where track_id = '{track}' order by start_s")
            assert rows == [(one["time"], one["time"] + one["duration"], one["value"]) for one in of[namespace]]
            assert rows[0][0] == 0
            assert rows[-1][1] == pytest.approx(6.0)
    assert ask(lake, "select count(*) from stems") == [(0,)]


def test_the_result_of_a_run_says_what_became_of_the_files(heard: tuple[Path, Ran]) -> None:
    lake = Lake(heard[0] / "lake")
    (told,) = audio(lake, lake.published())
    assert told.startswith("In the audio inbox: 3 analyzed, 2 failed, 1 without a track;")
    assert audio(lake, {}) == []


def test_the_second_run_hears_nothing_and_writes_nothing(copy: Path, instance: DagsterInstance) -> None:
    before = versions(copy)
    again = run(copy / "lake", copy / "inbox", instance)
    assert again.success, again.failed_checks
    assert versions(copy) == before
    assert {again.metadata["silver/audio_analyses"][f"tracks_{one}"] for one in ("analysed", "failed", "written")} == {
        0
    }
    assert again.partitions == set()


def test_a_killed_round_is_finished_without_hearing_again_what_was_heard(
    copy: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file stands as being analysed, of one the JAMS is gone, of the tables two have lost rows."""
    lake = Lake(copy / "lake")
    before = ask(copy / "lake", "select * exclude (analysed_at, jams, page) from audio_analyses order by all")
    beats = ask(copy / "lake", "select * from beats order by all")
    put_files(lake, [in_state(row, "analyzing") for row in read_files(lake).values() if row["track_id"]])
    (gone,) = (row["file_id"] for row in read_files(lake).values() if row["track_id"] == "T0001-03")
    (lake.root / "audio" / "analyses" / gone[:2] / f"{gone}.jams").unlink()
    for table in ("silver/audio_analyses", "silver/beats"):
        Table(lake.path(table)).snapshot().delete("track_id = 'T0001-01'")
    analysed = listen(monkeypatch)
    again = run(lake.root, copy / "inbox", instance)
    assert again.success, again.failed_checks
    assert sorted(analysed) == ["T0001-05.wav", "listed.wav", "text.mp3"]
    assert [row[4] for row in files_of(copy)] == ["analyzed", "failed", "analyzed", "analyzed", "uploaded", "failed"]
    assert ask(lake.root, "select * exclude (analysed_at, jams, page) from audio_analyses order by all") == before
    assert ask(lake.root, "select * from beats order by all") == beats


def test_a_file_whose_runs_were_killed_again_and_again_is_given_up(copy: Path, instance: DagsterInstance) -> None:
    lake = Lake(copy / "lake")
    song(copy / "inbox" / "T0001-01 remaster.wav", 75)
    run(lake.root, copy / "inbox", instance, only=("bronze/audio_files",))
    (row,) = (row for row in read_files(lake).values() if row["path"] == "T0001-01 remaster.wav")
    put_files(lake, [in_state(row, "analyzing", attempts=10, analyser_version=VERSION)])
    assert run(lake.root, copy / "inbox", instance).success
    said = "select state, reason from audio_files where path = 'T0001-01 remaster.wav'"
    assert ask(lake.root, said) == [("failed", "the analysis crashed: the process that ran it ended 10 times")]
    assert ask(lake.root, "select bpm from audio_analyses where track_id = 'T0001-01'") == [
        (pytest.approx(150, rel=0.02),)
    ], "the older file stands as long as no newer one was heard"


def test_new_bytes_for_a_track_take_the_place_of_the_old_ones(copy: Path, instance: DagsterInstance) -> None:
    song(copy / "inbox" / "T0001-01 fast.wav", 90, seconds=7)
    assert run(copy / "lake", copy / "inbox", instance).success
    assert ask(copy / "lake", "select bpm, duration_s from audio_analyses where track_id = 'T0001-01'") == [
        (pytest.approx(90, rel=0.02), pytest.approx(7.0))
    ]
    counted = "select count(*) = max(a.beat_count) from beats join audio_analyses a using (track_id) group by track_id"
    assert ask(copy / "lake", counted) == [(True,)] * 3
    assert files_of(copy)[:2] == [
        ("T0001-01 fast.wav", 0, "T0001-01", "file name", "analyzed", None),
        ("T0001-01 fast.wav", 1, "T0001-01", "file name", "analyzed", None),
    ]


def test_a_new_link_moves_the_analysis_without_hearing_it_again(
    copy: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(copy / "inbox", {"listed.wav": "T0009-09", "text.mp3": "T0001-04"})
    analysed = listen(monkeypatch)
    done = run(copy / "lake", copy / "inbox", instance)
    assert done.success, done.failed_checks
    assert analysed == []
    assert ask(copy / "lake", "select track_id from audio_analyses order by 1") == [
        ("T0001-01",),
        ("T0001-02",),
        ("T0009-09",),
    ]
    assert ask(copy / "lake", "select count(distinct track_id), max(track_id) from beats") == [(3, "T0009-09")]


@pytest.mark.heavy
def test_another_version_of_the_analyser_hears_everything_again_but_what_is_gone(
    copy: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "inbox" / "T0001-01 fast.wav").unlink()
    lake = Lake(copy / "lake")
    put_files(lake, [{**row, "analyser_version": "0"} for row in read_files(lake).values()])
    for track in ("T0001-01", "T0001-02"):
        (jams,) = (lake.root / found for (found,) in ask(lake.root, f"select jams from audio_analyses {of(track)}"))
        told = json.loads(jams.read_text())
        told["sandbox"]["lacquer"]["version"] = "0"
        jams.write_text(json.dumps(told))
    analysed = listen(monkeypatch)
    assert run(lake.root, copy / "inbox", instance).success
    assert sorted(analysed) == ["DEABC2400002.wav", "T0001-05.wav", "text.mp3"], "one JAMS is this version's already"
    assert ask(lake.root, "select track_id, analyser_version from audio_analyses order by 1") == [
        ("T0001-01", "0"),
        ("T0001-02", VERSION),
        ("T0001-03", VERSION),
    ]


def test_a_rebuild_makes_the_tables_again_of_the_jams_alone(
    copy: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(copy / "lake")
    rows = ask(lake.root, "select * from beats order by all")
    Table(lake.path("silver/beats")).snapshot().delete()
    analysed = listen(monkeypatch)
    shutil.rmtree(copy / "inbox" / "album")
    assert run(lake.root, copy / "inbox", instance, tags={"lacquer/rebuild": "silver"}).success
    assert analysed == []
    assert ask(lake.root, "select * from beats order by all") == rows


def test_chosen_tracks_are_heard_again_in_one_run(
    copy: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.add_dynamic_partitions("audio_tracks", list(HEARD))
    analysed = listen(monkeypatch)
    tags = {f"dagster/asset_partition_range_{at}": track for at, track in (("start", HEARD[1]), ("end", HEARD[2]))}
    done = run(copy / "lake", copy / "inbox", instance, tags=tags)
    assert done.success, done.failed_checks
    assert sorted(analysed) == ["DEABC2400002.wav", "listed.wav"]
    assert done.partitions == {"T0001-02", "T0001-03"}


def test_a_stop_by_hand_leaves_what_was_not_heard_for_the_next_run(
    copy: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    song(copy / "inbox" / "T0001-01 new.wav", 80)

    def stopped(*_: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("audio.pool.analyse_all", stopped)
        assert not run(copy / "lake", copy / "inbox", instance).success
    lake = Lake(copy / "lake")
    (row,) = (row for row in read_files(lake).values() if row["path"] == "T0001-01 new.wav")
    assert (row["state"], row["attempts"]) == ("uploaded", 0)
    assert [one["path"] for one in due_files(read_files(lake), VERSION)] == ["T0001-01 new.wav"]


def test_without_an_inbox_everything_is_skipped_and_said(copy: Path, instance: DagsterInstance) -> None:
    before = versions(copy)
    done = run(copy / "lake", None, instance)
    assert done.success
    said = "no audio is heard: name the folder that it is put into in LACQUER_INBOX"
    assert {one["skipped"] for key, one in done.metadata.items() if key != "lake/published"} == {said}
    assert versions(copy) == before


def test_without_the_packages_everything_is_skipped_and_said(
    copy: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.audio.missing_packages", lambda: ["av"])
    done = run(copy / "lake", copy / "inbox", instance)
    assert done.success
    assert done.metadata["silver/beats"]["skipped"] == (
        "no audio is heard: the audio packages are missing (av); install them: make audio"
    )


def test_an_inbox_that_is_gone_fails_with_its_name_and_changes_nothing(copy: Path, instance: DagsterInstance) -> None:
    before = versions(copy)
    done = run(copy / "lake", copy / "nowhere", instance)
    assert not done.success
    assert versions(copy) == before
