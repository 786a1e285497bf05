"""Questions offered after an answer: each has an answer of its own, and none is the question itself."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from serving.copilot.ask import Copilot

pytestmark = pytest.mark.heavy
ASKED = {
    "revenue of jazz in 2025": 'net revenue of genre "jazz" by label from 2025-01-01 to 2025-12-31',
    "top 5 artists by revenue in 2025": "top 5 releases by net revenue from 2025-01-01 to 2025-12-31",
    "stock": "available units by genre",
    "expected units in the next 30 days": "expected units by genre from 2026-02-01 to 2026-03-02",
    "forecast for R1": "recommended buyers for R1",
    "compare R1 with R2": "forecast for R1",
    "what changed last month": "open alerts",
}


@pytest.mark.parametrize("question", ASKED)
def test_what_is_offered_can_be_asked(question: str, copilot: "Copilot") -> None:
    offered = copilot.ask(question).follow_ups
    assert ASKED[question] in offered
    assert 1 <= len(offered) <= 3
    assert question not in offered
    for one in offered:
        assert copilot.ask(one).refusal is None, one


def test_a_refusal_offers_no_follow_up(copilot: "Copilot") -> None:
    assert copilot.ask("profit in 2025").follow_ups == []


def test_what_is_not_published_is_not_offered(copilot: "Copilot") -> None:
    assert copilot.ask("revenue of R10 in October 2024").follow_ups == []  # a year before, nothing was sold
