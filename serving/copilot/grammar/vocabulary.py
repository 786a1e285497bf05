"""The words of questions, from `words.yml`: metrics, groupings, orders, tools, and words that add nothing."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from serving.copilot.grammar.periods import MONTHS


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8"))
    return found


def _pattern(name: str) -> str:
    return "|".join(_words()[name])


def _patterns(name: str) -> dict[str, str]:
    return {key: "|".join(listed) for key, listed in _words()[name].items()}


# Metrics -> what they are called. The first pattern that fits takes its words.
METRICS = tuple((tuple(names.split()), pattern) for names, pattern in _patterns("metrics").items())
GROUPINGS = _patterns("groupings")
ADVERBS = _patterns("adverbs")
TOOLS = _patterns("tools")
PRIORITIES = _patterns("priorities")
SAYS_METRIC = _patterns("says_metric")
CURRENCIES = _patterns("currencies")
LARGEST, SMALLEST, VALUED = _pattern("largest"), _pattern("smallest"), _pattern("valued")
FUTURE, ENDS, PHRASES, FORBIDDEN = (_pattern(name) for name in ("future", "ends", "phrases", "forbidden"))
VERSUS, YEAR_BEFORE, PERIOD_BEFORE = (f"(?:{_pattern(name)})" for name in ("versus", "year_before", "period_before"))
GOES_ON = _pattern("goes_on")
EMPTY = frozenset(_words()["empty"])
SINGULAR = frozenset(_words()["singular"])
# Which end of these is the best depends on who asks.
TWO_SIDED = frozenset({"return_rate", "returned_units", "average_price", "stock_cover_days"})
# The words that questions are made of: a name that consists of them is not taken for a name unless it is quoted.
GRAMMAR_WORDS = frozenset({"a", *MONTHS, *EMPTY}).union(
    re.findall(
        r"[a-z]{2,}",
        " ".join([
            *(pattern for _, pattern in METRICS), *GROUPINGS.values(), *ADVERBS.values(), *TOOLS.values(),
            *PRIORITIES.values(), LARGEST, SMALLEST, FUTURE, VERSUS, YEAR_BEFORE, PERIOD_BEFORE, _pattern("others"),
        ]),
    )
)  # fmt: skip
