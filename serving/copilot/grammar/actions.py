"""Actions in words: acknowledge, snooze, override, apply a price, order a report, request stems. None is done here."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from serving.copilot.action_words import ActionWords, action_words
from serving.copilot.grammar.action_patterns import PATTERNS, STEMS, STRATEGIES
from serving.copilot.grammar.names import Names
from serving.copilot.grammar.text import Text
from serving.copilot.plan import Action, ActionName, RefusedError
from serving.copilot.wording import Language
from serving.queries.reader import Reader

DAYS_ACKNOWLEDGED = 7
Groups = dict[str, str | None]


@dataclass(frozen=True)
class Asked:
    """What an action is asked with: the parts of its sentence, and the lake that it is about."""

    said: Groups
    reader: Reader
    names: Names
    language: Language

    @property
    def say(self) -> ActionWords:
        """The words of its language."""
        return action_words(self.language)

    @property
    def today(self) -> dt.date:
        """The newest day with sales."""
        return self.reader.last_day or dt.datetime.now(dt.UTC).date()


def read_action(question: str, reader: Reader, names: Names) -> Action | None:
    """The action that a question asks for; None where it asks for none.

    Raises:
        RefusedError: it asks for one and leaves out what it needs.
    """
    text = re.sub(r"^(?:please|bitte) ", "", " ".join(question.split()).rstrip(".!"), flags=re.IGNORECASE)
    for language, listed in PATTERNS.items():
        for name, pattern in listed:
            if found := re.fullmatch(pattern, text, re.IGNORECASE):
                return _MAKERS[name](Asked(found.groupdict(), reader, names, language))
    return None


def _acknowledge(asked: Asked) -> Action:
    until = asked.today + dt.timedelta(days=DAYS_ACKNOWLEDGED)
    why = _why(asked, "acknowledge_example")
    return Action(action="acknowledge", alert_id=asked.said["alert"], until=until, why=why, language=asked.language)


def _snooze(asked: Asked) -> Action:
    said = asked.said
    if not said["until"] and not said["days"]:
        raise RefusedError("incomplete", asked.say("say_until", example=asked.say("snooze_example")))
    days = dt.timedelta(days=int(said["days"] or 0))
    until = _date(asked) if said["until"] else asked.today + days
    why = _why(asked, "snooze_example")
    return Action(action="snooze", alert_id=said["alert"], until=until, why=why, language=asked.language)


def _override(asked: Asked) -> Action:
    origin = asked.reader.origin
    if origin is None:
        raise RefusedError("not_published", "no forecast is published")
    until = _date(asked) if asked.said["until"] else origin + dt.timedelta(days=30)
    return Action(
        action="override", release_id=_release(asked), horizon_days=int(asked.said["days"] or 0),
        units=_units(asked), until=until, why=_why(asked, "override_example"), language=asked.language,
    )  # fmt: skip


def _apply(asked: Asked) -> Action:
    strategy = STRATEGIES.get((asked.said["strategy"] or "").lower().rstrip("- "))
    why = _why(asked, "apply_example")
    return Action(
        action="apply_price", release_id=_release(asked), strategy=strategy, why=why, language=asked.language
    )  # fmt: skip


def _order(asked: Asked) -> Action:
    return Action(action="order_report", why="asked", language=asked.language)


def _stems(asked: Asked) -> Action:
    found = re.findall("|".join(STEMS), (asked.said["names"] or "").lower())
    names = tuple(dict.fromkeys(STEMS[one] for one in found))
    return Action(
        action="request_stem", track_id=asked.said["track"], names=names, why="asked", language=asked.language
    )  # fmt: skip


def _why(asked: Asked, example: str) -> str:
    if not asked.said["why"]:
        raise RefusedError("incomplete", asked.say("say_why", example=asked.say(example)))
    return asked.said["why"]


def _units(asked: Asked) -> float:
    """1,200.5 in English is 1.200,5 in German."""
    text = asked.said["units"] or "0"
    if asked.language == "de":
        return float(text.replace(".", "").replace(",", "."))
    return float(text.replace(",", ""))


def _date(asked: Asked) -> dt.date:
    text = asked.said["until"] or ""
    day, dot, rest = text.partition(".")
    month, _, year = rest.partition(".")
    try:
        return dt.date(int(year), int(month), int(day)) if dot else dt.date.fromisoformat(text)
    except ValueError:
        raise RefusedError("period", asked.say("no_day", text=text)) from None


def _release(asked: Asked) -> str:
    """The one release that a sentence names, by its number or its title."""
    text = asked.said["release"] or ""
    rest = Text(text)
    found = asked.names.take(rest, frozenset())
    if set(found) != {"release"} or len(found["release"]) != 1 or rest.left(frozenset()):
        raise RefusedError("unknown_name", asked.say("no_release", text=text))
    return found["release"][0]


_MAKERS: dict[ActionName, Callable[[Asked], Action]] = {
    "acknowledge": _acknowledge,
    "snooze": _snooze,
    "override": _override,
    "apply_price": _apply,
    "order_report": _order,
    "request_stem": _stems,
}
