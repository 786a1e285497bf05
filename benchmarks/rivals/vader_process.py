"""VADER's compound score of each text: run as `python vader_process.py TEXTS.json SCORES.json`."""

import json
import sys
from pathlib import Path


def main(texts: Path, scores: Path) -> None:
    """Read a JSON list of texts and write a JSON list of scores, -1 to 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    found = [analyzer.polarity_scores(text)["compound"] for text in json.loads(texts.read_text(encoding="utf-8"))]
    scores.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
