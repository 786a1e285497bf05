"""The public data sets' songs with what is known of them, as JAMS, for `lacquer bench audio`."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jams

Observed = tuple[float, float, object]


@dataclass(frozen=True)
class Known:
    """A sound and what is known of it."""

    name: str
    sound: Path
    truth: "jams.JAMS"


def rendered_songs(folder: Path) -> list[Known]:
    """The songs rendered from MIDI: everything is known. Empty where the folder is not there."""
    return [
        Known(path.stem, path.with_suffix(".mp3"), rendered_truth(json.loads(path.read_text(encoding="utf-8"))))
        for path in sorted(folder.glob("*.json"))
        if path.with_suffix(".mp3").is_file()
    ]


def rendered_truth(told: Mapping[str, object]) -> "jams.JAMS":
    """The truth beside a rendered song."""
    end = float(str(told["duration"]))
    firsts = {round(float(at), 4) for at in _list(told["downbeats"])}
    beats: list[Observed] = []
    position = 0
    for at in map(float, _list(told["beats"])):
        position = 1 if round(at, 4) in firsts else position + 1
        beats.append((at, 0.0, position))
    return as_truth(
        end,
        {
            "tempo": [(0.0, end, float(str(told["bpm"])))],
            "beat": beats,
            "key_mode": [(0.0, end, f"{told['key']}:{told['mode']}")],
            "chord": [(start, stop - start, label) for start, stop, label in _list(told["chords"])],
            "segment_open": [(start, stop - start, label) for start, stop, label in _list(told["sections"])],
        },
        float(str(told["tuning_hz"])),
    )


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, not {value!r}")
    return value


def as_truth(end_s: float, observed: Mapping[str, Sequence[Observed]], tuning_hz: float | None = None) -> "jams.JAMS":
    """Observations (time, duration, value) per namespace as JAMS."""
    import jams

    whole = jams.JAMS()
    whole.file_metadata.duration = end_s
    for namespace, rows in observed.items():
        annotation = jams.Annotation(namespace=namespace, time=0.0, duration=end_s)
        for time_s, seconds, value in rows:
            annotation.append(time=time_s, duration=seconds, value=value, confidence=1.0)
        whole.annotations.append(annotation)
    if tuning_hz is not None:
        whole.sandbox.update(lacquer={"tuning_hz": tuning_hz})
    return whole


def real_clips(audio: Path) -> list[Known]:
    """The recordings of which something is known; those that are there."""
    clips = [*_madmom(audio / "madmom"), *_msaf(audio / "msaf_sargon" / "Sargon_test"), *_muda(audio / "muda")]
    pieces = audio / "librosa_data" / "audio"
    titled = {
        "Hungarian_Dance_number_5_-_Allegro_in_F_sharp_minor_(string_orchestra).hq.ogg": ("key_mode", "F#:minor"),
        "sorohanro_-_solo-trumpet-06.hq.ogg": ("tempo", 90.0),
    }
    for file, (namespace, value) in titled.items():
        clips.append(Known(file.partition("_-_")[0], pieces / file, as_truth(1.0, {namespace: [(0.0, 1.0, value)]})))
    return [clip for clip in clips if clip.sound.is_file()]


def _madmom(folder: Path) -> list[Known]:
    beats, tempo = folder / "annotations" / "sample.beats", folder / "annotations" / "sample.tempo"
    if not (beats.is_file() and tempo.is_file()):
        return []
    lines = [line.split() for line in beats.read_text().splitlines() if line and not line.startswith("#")]
    slow, fast, share = (float(number) for number in tempo.read_text().splitlines()[-1].split())
    main = slow if share >= 0.5 else fast
    observed: dict[str, list[Observed]] = {
        "beat": [(float(at), 0.0, int(place)) for at, place in lines],
        "tempo": [(0.0, 3.0, main)],
    }
    return [Known("madmom sample", folder / "audio" / "sample.wav", as_truth(3.0, observed))]


def _msaf(folder: Path) -> list[Known]:
    return [
        Known(path.stem, folder / "audio" / f"{path.stem}.mp3", _read(path))
        for path in sorted(folder.glob("references/*.jams"))
    ]


def _muda(folder: Path) -> list[Known]:
    """The fixture's chords are written in an old way (`C:1`), its Harte annotation in the one that is read."""
    path = folder / "fixture.jams"
    if not path.is_file():
        return []
    told = _read(path)
    observed = {
        to: [(row.time, row.duration, row.value) for row in told.search(namespace=f"^{name}$")[0].data]
        for name, to in (("chord_harte", "chord"), ("key_mode", "key_mode"))
    }
    return [Known("muda fixture", folder / "fixture.wav", as_truth(told.file_metadata.duration, observed))]


def _read(path: Path) -> "jams.JAMS":
    import jams

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # older files are not strict
        return jams.load(str(path), validate=False)
