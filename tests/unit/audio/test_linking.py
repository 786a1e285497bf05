"""Which track a file is: said beside it, in the list, or in its name; two tracks in one name are none."""

import pytest

from audio.linking import Link, known_tracks, link, read_list

TRACKS = known_tracks(
    {"T000123-01": "DEABC2400001", "T000123-02": None, "T000123": None, "12": None, "T9-A": "us-s1z-99-00001"}
)


@pytest.mark.parametrize(
    ("name", "track"),
    [
        ("T000123-01", "T000123-01"),
        ("01 t000123-01_Master (24bit)", "T000123-01"),
        ("T000123-02-01", "T000123-02"),
        ("T000123 - title", "T000123"),
        ("title [DE-ABC-24-00001]", "T000123-01"),
        ("USS1Z9900001", "T9-A"),
        ("T9-A demo", "T9-A"),
    ],
)
def test_a_name_that_holds_a_known_number_or_isrc_is_believed(name: str, track: str) -> None:
    assert link(name, None, None, TRACKS) == Link(track, "file name")


@pytest.mark.parametrize(
    "name",
    [
        "12 - Intro",  # a number so short occurs in names by accident
        "XT000123-01",
        "T000123-010 T999",
        "DEABC2400009",
        "",
    ],
)
def test_a_name_that_holds_none_is_not_guessed_at(name: str) -> None:
    found = link(name, None, None, known_tracks({"T000123-01": "DEABC2400001", "12": None}))
    assert (found.track_id, found.by) == (None, None)
    assert "tracks.csv" in (found.note or "")


def test_a_name_that_holds_two_tracks_is_none_and_says_which() -> None:
    found = link("T000123-01 vs T000123-02", None, None, TRACKS)
    assert found.track_id is None
    assert found.note == ("T000123-01 vs T000123-02 is several tracks: T000123-01, T000123-02; name one in tracks.csv")


def test_what_a_person_wrote_goes_before_the_name_and_holds_for_tracks_that_the_pim_lacks() -> None:
    listed = {"track_id": "T9-A"}
    assert link("T000123-01", '{"track_id": "new"}', listed, TRACKS) == Link("new", "sidecar")
    assert link("T000123-01", None, listed, TRACKS) == Link("T9-A", "list")
    assert link("T000123-01", '{"isrc": "USS1Z9900001"}', None, TRACKS) == Link("T9-A", "sidecar")


@pytest.mark.parametrize(
    ("sidecar", "why"),
    [
        ("{", "the sidecar is no JSON"),
        ("[1]", "the sidecar names no track"),
        ('{"track_id": 7}', "the sidecar names no track"),
        ('{"isrc": "FRXXX2400001"}', "ISRC FRXXX2400001 is no track of the PIM (yet)"),
    ],
)
def test_a_bad_sidecar_leaves_the_file_without_a_track_rather_than_to_its_name(sidecar: str, why: str) -> None:
    found = link("T000123-01", sidecar, None, TRACKS)
    assert found.track_id is None
    assert why in (found.note or "")


def test_one_isrc_of_two_tracks_is_none() -> None:
    tracks = known_tracks({"A1": "DEABC2400001", "B2": "DE-ABC-24-00001"})
    assert link("DEABC2400001", None, None, tracks).note == (
        "DEABC2400001 is several tracks: A1, B2; name one in tracks.csv"
    )


def test_a_list_says_what_is_wrong_with_it() -> None:
    rows, faults = read_list("file,track_id\na.wav,T1\n\nb.wav,\na.wav,T2\n")
    assert rows == {"a.wav": {"file": "a.wav", "track_id": "T1"}, "b.wav": {"file": "b.wav"}}
    assert faults == ["tracks.csv, line 5: a.wav stands there twice; the first row counts"]
    assert link("x", None, rows["b.wav"], TRACKS).note == (
        'the list names no track: give "track_id" or "isrc", as texts'
    )
    rows, faults = read_list("name;track\n")
    assert rows == {}
    assert faults == [
        "tracks.csv: its first line must name the columns file and track_id (or isrc), not ['name;track']"
    ]
