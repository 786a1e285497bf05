"""How often functions of sections are right: `python -m benchmarks.audio_functions FOLDER`; FOLDER has rendered songs.

Of each song that gets functions, the share of the time that has one in which it is the truth's.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

Span = tuple[float, float, str]


def right_share(ours: Sequence[Span], truth: Sequence[Span]) -> float:
    """The share of the time of our spans that has the truth's name."""
    total = sum(end - start for start, end, _ in ours)
    right = sum(
        max(0.0, min(end, until) - max(start, since))
        for start, end, name in ours
        for since, until, told in truth
        if name == told
    )
    return right / total if total else 0.0


def main() -> None:
    """Print a table of all songs of a folder."""
    from audio.analysis import analyse

    if len(sys.argv) != 2:
        sys.exit("name a folder of rendered songs: NAME.mp3 with NAME.json beside each")
    print("| song | sections with a function | right, share of the time |\n|---|---|---|")
    for path in sorted(Path(sys.argv[1]).glob("*.mp3")):
        truth = [tuple(one) for one in json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["sections"]]
        found = analyse(path)
        named = zip(found.sections, found.functions, strict=False)
        ours = [(one.start_s, min(one.end_s, truth[-1][1]), name) for one, name in named if name]
        shown = f"{right_share(ours, truth):.2f}" if ours else "none given"
        print(f"| {path.stem} | {len(ours)} of {len(found.sections)} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
