"""An analysis as JAMS (Humphrey et al., ISMIR 2014): what others read.

One annotation per namespace, empty where nothing was found, seconds from the first decoded sample; functions of
sections have one only where they are told. What JAMS has no namespace for stands in `sandbox.lacquer`: status, decoded
and expected seconds, metre, tuning, loudness, embedding, confidences, and who heard it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio.analysis import VERSION, Analysis
from audio.chords import NO_CHORD, Chord
from audio.confidence import probability
from audio.sections import Section

if TYPE_CHECKING:
    import jams

NAMESPACES = ("tempo", "beat", "key_mode", "chord", "segment_open")
DIGITS = 4


def as_jams(analysis: Analysis, title: str) -> "jams.JAMS":
    """The analysis as a JAMS object."""
    import jams

    whole = jams.JAMS()
    whole.file_metadata.title = title
    whole.file_metadata.duration = analysis.duration_s
    for namespace, rows in _rows(analysis).items():
        annotation = jams.Annotation(namespace=namespace, time=0.0, duration=analysis.duration_s)
        annotation.annotation_metadata = jams.AnnotationMetadata(
            annotation_tools=analysis.tool, version=VERSION, data_source="program", corpus=""
        )
        for row in rows:
            annotation.append(**row)
        whole.annotations.append(annotation)
    whole.sandbox.update(lacquer=beside(analysis))
    return whole


def write_jams(analysis: Analysis, title: str, path: Path) -> None:
    """Validate and write the file whole or not at all.

    Raises:
        jams.SchemaError: the analysis does not make valid JAMS, which is our fault.
    """
    made = as_jams(analysis, title)
    made.validate(strict=True)
    part = path.with_name(path.name + ".part")
    made.save(str(part), strict=True, fmt="jams")
    part.replace(path)


def _rows(analysis: Analysis) -> dict[str, list[dict[str, Any]]]:
    """The observations of each namespace."""
    end = analysis.duration_s
    sure = analysis.confidence
    beats_sure, key_sure = sure.get("beats"), sure.get("key")
    return {
        "tempo": [_row(0.0, end, round(bpm, 3), share) for bpm, share in analysis.tempi],
        "beat": [_row(beat.time_s, 0.0, beat.position, beats_sure) for beat in analysis.beats],
        "key_mode": [_row(0.0, end, analysis.key, key_sure)] if analysis.key else [],
        "chord": [
            _row(one.start_s, one.end_s - one.start_s, one.label, _fits(one) if "chords" in sure else None)
            for one in analysis.chords
        ],
        "segment_open": [
            _row(
                one.start_s, one.end_s - one.start_s, one.label, _begun(one) if number and "sections" in sure else None
            )
            for number, one in enumerate(analysis.sections)
        ],
    } | _functions(analysis)


def _functions(analysis: Analysis) -> dict[str, list[dict[str, Any]]]:
    """The functions of sections as an annotation of their own; none where the song's form does not speak clearly."""
    found = [
        _row(one.start_s, one.end_s - one.start_s, function, None)
        for one, function in zip(analysis.sections, analysis.functions, strict=False)
        if function is not None
    ]
    return {"segment_salami_function": found} if found else {}


def _fits(chord: Chord) -> float | None:
    return probability("chords", [chord.clarity]) if chord.label != NO_CHORD else None


def _begun(section: Section) -> float:
    """How sure it is that a section begins there; the beginning of the song is none of our finding."""
    return probability("sections", [section.contrast])


def _row(time: float, duration: float, value: object, confidence: float | None) -> dict[str, Any]:
    return {"time": time, "duration": duration, "value": value, "confidence": confidence}


def beside(analysis: Analysis) -> dict[str, Any]:
    """What JAMS has no namespace for, plain values."""
    loudness = analysis.loudness
    return {
        "status": "partial" if analysis.is_partial else "whole",
        "decoded_s": analysis.duration_s,
        "expected_s": analysis.expected_s,
        "beats_per_bar": analysis.beats_per_bar,
        "tuning_hz": analysis.tuning_hz,
        "integrated_lufs": loudness.integrated_lufs,
        "loudness_range_lu": loudness.range_lu,
        "true_peak_dbtp": loudness.true_peak_dbtp,
        "embedding": [round(float(value), DIGITS) for value in analysis.embedding],
        "confidence": {name: round(value, DIGITS) for name, value in analysis.confidence.items()},
        "backend": analysis.backend,
        "version": VERSION,
    }
