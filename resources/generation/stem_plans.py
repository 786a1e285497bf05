"""Which backend makes stems, and in which style: chosen by a language model, checked, and by rules where that fails."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.language_model import LanguageModelError

if TYPE_CHECKING:
    from resources.language_model import LanguageModel

MILLION = 1_000_000
MOST_TOKENS, CHARACTERS_PER_TOKEN = 120, 3
STYLE = re.compile(r"[A-Za-z][A-Za-z ,-]{2,119}")
INSTRUCTIONS = (
    "You plan stems for a music production tool. Choose one of the backends that are listed: rules play exactly on the "
    "grid with plain sounds; the others play with real sounds, less exactly. Give a style in at most 120 letters: "
    "genre, mood and playing. No names of artists, no numbers."
)


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        backend: which one.
        style: words for backends that take a prompt; empty by rules.
        by: the model, or rules.
        why: of rules, why the model did not choose.
        cost: money that the model cost; None where nobody knows.
    """

    backend: str
    style: str
    by: str
    why: str
    cost: float | None


def reserve_for(facts: dict[str, Any], model: "LanguageModel | None", prices: tuple[float, float]) -> float:
    """Money that a choice may cost."""
    if model is None:
        return 0.0
    read = len(INSTRUCTIONS + _question(facts, ["musicgen", "rules", "stable-audio"])) // CHARACTERS_PER_TOKEN
    return (read * prices[0] + MOST_TOKENS * prices[1]) / MILLION


def choose(
    facts: dict[str, Any],
    available: Sequence[str],
    model: "LanguageModel | None",
    prices: tuple[float, float],
    seed: int,
) -> Choice:
    """Let the model choose a backend and a style; what it must not say, and every fault, gives the rules' choice.

    Args:
        facts: of the track, stems, tempo, key and chords.
        available: backends that can run here, the first of which rules choose.
        model: that is asked; None: rules choose.
        prices: of a million tokens, read and written.
        seed: sent to the model.
    """
    if model is None:
        return Choice(available[0], "", "rules", "no model is set", 0.0)
    try:
        answer = model.answer(INSTRUCTIONS, _question(facts, available), _schema(available), seed=seed)
    except ImportError:
        return Choice(available[0], "", "rules", "the package openai is not installed", 0.0)
    except LanguageModelError as error:
        cost = None if error.tokens is None else _cost(error.tokens, prices)
        return Choice(available[0], "", "rules", f"no plan ({error.state}): {error}", cost)
    cost = _cost((answer.prompt_tokens, answer.completion_tokens), prices)
    backend, style = answer.content.get("backend"), answer.content.get("style")
    if backend not in available:
        return Choice(available[0], "", "rules", f"the model chose {backend!r}, which cannot run here", cost)
    if not isinstance(style, str) or not STYLE.fullmatch(style.strip()):
        return Choice(available[0], "", "rules", "the model's style is not letters, spaces and commas", cost)
    return Choice(str(backend), style.strip(), answer.model, "chosen by the model", cost)


def _question(facts: dict[str, Any], available: Sequence[str]) -> str:
    return json.dumps({**facts, "backends": list(available)}, ensure_ascii=False, sort_keys=True)


def _schema(available: Sequence[str]) -> dict[str, Any]:
    properties = {"backend": {"type": "string", "enum": list(available)}, "style": {"type": "string"}}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _cost(tokens: tuple[int, int], prices: tuple[float, float]) -> float:
    return (tokens[0] * prices[0] + tokens[1] * prices[1]) / MILLION
