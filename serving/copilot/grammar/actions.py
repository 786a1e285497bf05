"""Actions in words: acknowledge, snooze, override, apply a price, order a report, request stems. None is done here."""

import datetime as dt
import re
from collections.abc import Callable

from serving.copilot.grammar.names import Names
from serving.copilot.grammar.text import Text
from serving.copilot.plan import Action, RefusedError
from serving.queries.reader import Reader

_DAY = r"\d{4}-\d\d-\d\d"
_WHY = r"(?:[,;:]? (?:because|since|why:) ?(?P<why>.+))?"
_STEMS = "drums|bass|guitar|piano|synth|other"
DAYS_ACKNOWLEDGED = 7
Groups = dict[str, str | None]
Maker = Callable[[Groups, Reader, Names], Action]


def read_action(question: str, reader: Reader, names: Names) -> Action | None:
    """The action that a question asks for; None where it asks for none.

    Raises:
        RefusedError: it asks for one and leaves out what it needs.
    """
    text = re.sub(r"^please ", "", " ".join(question.split()).rstrip(".!"), flags=re.IGNORECASE)
    for pattern, make in _ACTIONS:
        if found := re.fullmatch(pattern, text, re.IGNORECASE):
            return make(found.groupdict(), reader, names)
    return None


def _acknowledge(said: Groups, reader: Reader, _: Names) -> Action:
    until = _today(reader) + dt.timedelta(days=DAYS_ACKNOWLEDGED)
    why = _why(said, "acknowledge alert 1f0c2a because ordered 300")
    return Action(action="acknowledge", alert_id=said["alert"], until=until, why=why)


def _snooze(said: Groups, reader: Reader, _: Names) -> Action:
    example = "snooze alert 1f0c2a until 2026-03-31 because delivery is under way"
    if not said["until"] and not said["days"]:
        raise RefusedError("incomplete", f"a snooze needs a last day, as in: {example}")
    until = _date(said["until"]) if said["until"] else _today(reader) + dt.timedelta(days=int(said["days"] or 0))
    return Action(action="snooze", alert_id=said["alert"], until=until, why=_why(said, example))


def _override(said: Groups, reader: Reader, names: Names) -> Action:
    origin = reader.origin
    if origin is None:
        raise RefusedError("not_published", "no forecast is published")
    until = _date(said["until"]) if said["until"] else origin + dt.timedelta(days=30)
    return Action(
        action="override", release_id=_release(said["release"] or "", names), horizon_days=int(said["days"] or 0),
        units=float((said["units"] or "0").replace(",", "")), until=until,
        why=_why(said, "override the forecast of R000397 to 800 units over 30 days because TV spot in May"),
    )  # fmt: skip


def _apply(said: Groups, _: Reader, names: Names) -> Action:
    strategy = (said["strategy"] or "").lower() or None
    why = _why(said, "apply the margin price of R000397 because spring list")
    return Action(action="apply_price", release_id=_release(said["release"] or "", names), strategy=strategy, why=why)


def _order(_: Groups, __: Reader, ___: Names) -> Action:
    return Action(action="order_report", why="asked")


def _stems(said: Groups, _: Reader, __: Names) -> Action:
    listed = tuple(dict.fromkeys(re.findall(_STEMS, (said["names"] or "").lower())))
    return Action(action="request_stem", track_id=said["track"], names=listed, why="asked")


def _why(said: Groups, example: str) -> str:
    if not said["why"]:
        raise RefusedError("incomplete", f"say why, as in: {example}")
    return said["why"]


def _date(text: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        raise RefusedError("period", f"{text!r} is no day") from None


def _today(reader: Reader) -> dt.date:
    return reader.last_day or dt.datetime.now(dt.UTC).date()


def _release(text: str, names: Names) -> str:
    """The one release that a text names, by its number or its title."""
    rest = Text(text)
    found = names.take(rest, frozenset())
    if set(found) != {"release"} or len(found["release"]) != 1 or rest.left(frozenset()):
        raise RefusedError("unknown_name", f"{text!r} is no single release; give its number or its title in quotes")
    return found["release"][0]


_ACTIONS: tuple[tuple[str, Maker], ...] = (
    (rf"(?:acknowledge|ack) (?:the )?alert (?P<alert>\w+){_WHY}", _acknowledge),
    (
        rf"snooze (?:the )?alert (?P<alert>\w+)(?: until (?P<until>{_DAY})| for (?P<days>\d{{1,3}}) days?)?{_WHY}",
        _snooze,
    ),
    (
        r"override (?:the )?forecast (?:of|for) (?P<release>.+?) (?:to|with|at) (?P<units>\d[\d,]*(?:\.\d+)?) units "
        rf"(?:over|in|within|for) (?:the next )?(?P<days>\d{{1,3}}) days(?: until (?P<until>{_DAY}))?{_WHY}",
        _override,
    ),
    (
        r"apply (?:the )?(?:recommended )?(?:(?P<strategy>competitive|value|margin|dynamic) )?price "
        rf"(?:of|for|to) (?P<release>.+?){_WHY}",
        _apply,
    ),
    (r"order (?:a|the|another) (?:new )?(?:forecast )?report", _order),
    (
        rf"request (?:the |a )?(?P<names>(?:{_STEMS})(?:(?:, | and |,)(?:{_STEMS}))*)(?: stems?)? (?:of|for) "
        r"(?:the )?track (?P<track>\S+)",
        _stems,
    ),
)
