"""The sentences of a weekly report, by what its facts are.

A sentence is a template with the names of facts in braces. Its words are chosen by the facts alone: "up" or "down" by
the sign, and what has no facts is not spoken of. The phrases come from `phrases.yml`.
"""

from serving.queries.drivers import DRIVERS
from serving.reports.facts import Facts
from serving.reports.figures import ACTIONS, TOP
from serving.reports.phrases import Phrases


def sentences(facts: Facts, say: Phrases) -> list[tuple[str, list[str]]]:
    """Headings with their sentences; a heading without any has nothing to say."""
    parts = {"sold": _sold, "changed": _changed, "forecast": _forecast, "missed": _missed, "alerts": _alerts}
    return [(say(f"heading_{name}"), part(facts, say)) for name, part in {**parts, "actions": _actions}.items()]


def _sold(facts: Facts, say: Phrases) -> list[str]:
    if not facts.value("orders") and not facts.value("returned"):
        return [say("nothing")]
    listed = [
        say("revenue", _against(facts, say, "revenue")),
        say("units", _against(facts, say, "units")),
        say("orders"),
    ]
    if facts.has("revenue_change_year_before"):
        listed.insert(1, say("year_before", _moved(facts, say, "revenue", "year_before")))
    for place in range(1, TOP + 1):
        if facts.has(f"best_{place}_title"):
            listed.append(say("best") if place == 1 else say("then", place))
    return listed


def _against(facts: Facts, say: Phrases, name: str) -> str:
    if not facts.has(f"{name}_change_week_before"):
        return say("after", name)
    return say("from", _moved(facts, say, name, "week_before"), name)


def _moved(facts: Facts, say: Phrases, name: str, suffix: str) -> str:
    now, before = facts.value(name), facts.value(f"{name}_{suffix}")
    if now == before:
        return say("unchanged")
    return say("up" if now > before else "down", f"{name}_change_{suffix}")


def _changed(facts: Facts, say: Phrases) -> list[str]:
    if not facts.value("revenue_change"):
        return []
    names = [f"by_{name.replace(' ', '_')}" for name in DRIVERS]
    ordered = sorted(names, key=lambda name: (-abs(facts.value(name)), name))
    listed = [say("change", ", ".join(say(name) for name in ordered if facts.value(name)))]
    return listed + [say(name) for name in ("rise", "fall") if facts.has(f"{name}_title")]


def _forecast(facts: Facts, say: Phrases) -> list[str]:
    return [say("forecast")] if facts.value("forecast_releases") else []


def _missed(facts: Facts, say: Phrases) -> list[str]:
    return [say("missed"), say("above"), say("largest_miss")] if facts.has("missed_origin") else []


def _alerts(facts: Facts, say: Phrases) -> list[str]:
    if not facts.has("open_alerts"):
        return []
    if not facts.value("open_alerts"):
        return [say("no_alert")]
    places = [place for place in range(1, ACTIONS + 1) if facts.has(f"alert_{place}_title")]
    return [say("alerts"), *(say("alert", place) for place in places)]


def _actions(facts: Facts, say: Phrases) -> list[str]:
    listed = [say("order_all")] if facts.value("orders_to_place") else []
    places = range(1, ACTIONS + 1)
    listed += [say("order", place) for place in places if facts.has(f"order_{place}_title")]
    told = [one for one in places if facts.has(f"alert_{one}_title") and facts.has(f"alert_{one}_next_step")]
    return listed + [say("next_step", place) for place in told]
