"""What a model with weights is told of the plan: a sentence, and the numbers that some models take beside it."""

from typing import Any

import numpy as np

from audio.generation.parts import edges_s
from audio.generation.plan import Plan

SOUNDS = {
    "drums": "drum kit groove",
    "bass": "bass guitar line",
    "guitar": "rhythm guitar chords",
    "piano": "piano chords",
    "other": "pad chords",
    "synth": "synthesizer melody",
}


def prompt_of(plan: Plan, stem: str, style: str = "") -> dict[str, Any]:
    """The prompt and the numbers of a plan for one stem, in a style where one is chosen."""
    bpm = 60 / float(np.median(np.diff(edges_s(plan))))
    parts = [f"solo {SOUNDS[stem]}", *_function(plan), f"{bpm:.0f} BPM", f"{plan.beats_per_bar}/4"]
    if stem != "drums":
        if plan.key:
            tonic, _, mode = plan.key.partition(":")
            parts.append(f"{tonic} {mode}".strip())
        labels = [chord.label for chord in plan.chords if chord.label != "N"]
        chords = [one for number, one in enumerate(labels) if number == 0 or labels[number - 1] != one]
        if chords:
            parts.append("chords " + " ".join(chords[:16]))
    prompt = ", ".join([*parts, *([style] if style else []), "no other instruments, loop"])
    return {"prompt": prompt, "bpm": bpm, "beats_per_bar": plan.beats_per_bar}


def _function(plan: Plan) -> list[str]:
    """What the longest section of the loop is for, where that is known: a letter says nothing."""
    longest = max(plan.sections, key=lambda one: one.end_s - one.start_s, default=None)
    return [longest.label] if longest is not None and len(longest.label) > 1 else []
