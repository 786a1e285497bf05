"""The audition of a stem as a part of a page, and as one page that needs no other file and no network."""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from serving.web.rendering import HERE, rendered
from serving.web.waveform import WIDTH, waveform
from serving.web.words import translate

if TYPE_CHECKING:
    from resources.generation.auditioning import Compared

WORDS = {"original": "Original", "stem": "Stem", "mix": "Mix"}


def player(
    outlines: Mapping[str, Sequence[float]],
    sources: Mapping[str, str],
    plan: Mapping[str, Any],
    rms_dbfs: float,
    language: str,
) -> dict[str, Any]:
    """The values of the template `audition.html`.

    Args:
        outlines: peaks of each part.
        sources: where the sound of each part is.
        plan: with `duration_s`, `beats_s`, `beats_per_bar` and `chords`.
        rms_dbfs: level of all parts.
        language: of the reader.
    """
    parts = []
    for name, outline in outlines.items():
        says = f"{translate(WORDS[name], language)}: {translate('waveform with beats and chords', language)}"
        drawing = waveform(outline, plan, says, has_cursor=True)
        parts.append({"name": name, "words": WORDS[name], "drawing": drawing, "source": sources[name]})
    return {"parts": parts, "plan": plan, "rms_dbfs": rms_dbfs, "width": WIDTH}


def one_page(
    done: "Compared",
    plan: Mapping[str, Any],
    title: str,
    facts: Sequence[str],
    language: str,
    measures: Sequence[tuple[str, float]] = (),
    decision: Mapping[str, str] | None = None,
) -> str:
    """Sounds, drawings, script and style in one page; its policy allows exactly these and no address.

    Args:
        done: files and outlines of original, stem and mix.
        plan: the stem's plan.
        title: of the page.
        facts: what stands below the title.
        language: of the reader.
        measures: name and value of what was measured.
        decision: `state`, `who`, `at` and `why`; None where nobody decides.
    """
    sources = {name: _inline(path) for name, path in done.paths.items()}
    script, style = (_static(name) for name in ("audition.js", "app.css"))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; media-src data:; "
        "img-src data:; connect-src data:; base-uri 'none'; form-action 'none'"
    )
    return rendered(
        "audition_page.html",
        language,
        title=title,
        facts=facts,
        measures=measures,
        decision=decision,
        policy=Markup(policy),
        script=Markup(script),
        style=Markup(style),
        **player(done.outlines, sources, plan, done.rms_dbfs, language),
    )


def _static(name: str) -> str:
    return (HERE / "static" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression of Content Security Policy for a script or style of this text."""
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"


def _inline(path: Path) -> str:
    return f"data:audio/flac;base64,{base64.b64encode(path.read_bytes()).decode()}"
