"""What becomes of incidents: one release and cause is one alert, whose state is the fold of its events.

An alert opens on its first hit; other rules of the same cause merge into it, and a higher priority escalates it. It
resolves by itself after `clear_days` days without a hit; a hit within `REOPEN_DAYS` of that opens it again, and each
return in `FLAP_DAYS` doubles the days it must stay clear. People acknowledge (until a day), snooze (until a day or
until a condition holds) and resolve. An alert that a person resolved opens again only after its incident was clear.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from ml.alerts.alert import PRIORITIES, RULES, Alert, Event, Hit, event_id, fold, make_event, next_seq

REOPEN_DAYS, FLAP_DAYS, MOST_DOUBLINGS = 14, 28, 3


class Incidents:
    """Alerts that follow the hits of one day after the other; `events` are the new ones.

    Args:
        events: on record so far.
        clear_days: of each rule by name, in the order of the rule book.
        rule_version: noted on each event.
    """

    def __init__(self, events: Sequence[Event], clear_days: Mapping[str, int], rule_version: int) -> None:
        self.alerts = fold(events)
        self.events: list[Event] = []
        self.clear_days = dict(clear_days)
        self._order = {rule: place for place, rule in enumerate(self.clear_days)}
        self.rule_version = rule_version
        self._seq = next_seq(events)
        self._newest: dict[tuple[str, str], Alert] = {}
        for one in self.alerts.values():
            self._newest[one.release_id, one.cause] = one
        self._last_hit = {key: one.changed_on or one.opened_on for key, one in self._newest.items()}

    def day(
        self,
        ds: dt.date,
        hits: Sequence[Hit],
        conditions: Mapping[str, bool],
        earlier: Mapping[tuple[str, str], dt.date],
    ) -> None:
        """Follow one day.

        Args:
            ds: the day.
            hits: of this day.
            conditions: whether the condition of a snoozed alert holds on this day, by alert id.
            earlier: the last day with a hit before this day, by release and cause.
        """
        self._last_hit |= {key: max(day, self._last_hit.get(key, day)) for key, day in earlier.items()}
        by_key: dict[tuple[str, str], list[Hit]] = {}
        for hit in hits:
            by_key.setdefault((hit["release_id"], hit["cause"]), []).append(hit)
        for key, found in sorted(by_key.items()):
            self._hit(ds, key, sorted(found, key=_weight, reverse=True))
            self._last_hit[key] = ds
        for key, one in sorted(self._newest.items()):
            self._pass_time(ds, one, by_key.get(key), conditions.get(one.alert_id, False))

    def again(self, ds: dt.date, hits: Sequence[Hit]) -> None:
        """Look again at a day that was followed already: hits that are new by later data open alerts, nothing clears.

        What has become of an incident since that day stays as it is.
        """
        by_key: dict[tuple[str, str], list[Hit]] = {}
        for hit in hits:
            by_key.setdefault((hit["release_id"], hit["cause"]), []).append(hit)
        for key, found in sorted(by_key.items()):
            one = self._newest.get(key)
            began = None if one is None else max([one.opened_on, *one.reopened_on])
            is_over = one is not None and one.state == "resolved" and (one.changed_on or ds) >= ds
            if not is_over and (began is None or began <= ds):
                self._hit(ds, key, sorted(found, key=_weight, reverse=True))
                self._last_hit[key] = max(ds, self._last_hit.get(key, ds))

    def _hit(self, ds: dt.date, key: tuple[str, str], hits: list[Hit]) -> None:
        one, top = self._newest.get(key), hits[0]
        first = min(
            hits, key=lambda hit: self._order.get(hit["rule"], 0)
        )  # the rule book lists the cause before its effects
        last = self._last_hit.get(key)
        quiet = last is None or (ds - last).days > 1
        if one is None or (one.state == "resolved" and (ds - (one.changed_on or ds)).days > REOPEN_DAYS and quiet):
            one = Alert(event_id(*key, ds)[:12], key[0], key[1], first["type"], ds)
            self.alerts[one.alert_id] = self._newest[key] = one
            self._note(ds, one, "opened", RULES, top["message"], top)
        elif one.state == "resolved" and (
            # A person has settled this incident: only its return after a quiet time is news.
            not one.resolved_by_person or (last is not None and (ds - last).days > self._clear(one, ds))
        ):
            self._note(ds, one, "reopened", RULES, top["message"], top)
        for hit in hits:
            if one.state != "resolved" and hit["rule"] not in one.rules:
                stronger = _weight(hit) > (PRIORITIES.index(one.priority), one.stake)
                self._note(ds, one, "merged", RULES, hit["message"], hit if stronger else _as_before(one, hit))
        if one.state != "resolved" and PRIORITIES.index(top["priority"]) > PRIORITIES.index(one.priority):
            self._note(ds, one, "escalated", RULES, top["message"], top)

    def _pass_time(self, ds: dt.date, one: Alert, hits: list[Hit] | None, condition: bool) -> None:
        if one.state == "resolved":
            return
        clear = (ds - self._last_hit.get((one.release_id, one.cause), one.opened_on)).days
        if not hits and clear >= self._clear(one, ds):
            self._note(ds, one, "cleared", RULES, f"no rule has held for {clear} days")
        elif one.state == "acknowledged" and one.until is not None and ds > one.until:
            self._note(ds, one, "acknowledgement_expired", RULES, f"acknowledged until {one.until}, and it goes on")
        elif one.state == "snoozed" and (condition or (one.until is not None and ds > one.until)):
            why = f"{one.condition} holds" if condition else f"snoozed until {one.until}"
            self._note(ds, one, "snooze_ended", RULES, why)

    def _clear(self, one: Alert, ds: dt.date) -> int:
        days = max((self.clear_days.get(rule, 3) for rule in one.rules), default=3)
        returns = sum((ds - day).days <= FLAP_DAYS for day in one.reopened_on)
        return int(days * 2 ** min(returns, MOST_DOUBLINGS))

    def _note(self, ds: dt.date, one: Alert, kind: str, who: str, why: str, hit: Hit | None = None) -> None:
        event = make_event(one, kind, ds, who, why, self._seq, hit, rule_version=self.rule_version)
        self._seq += 1
        one.apply(event)
        self.events.append(event)


def _weight(hit: Hit) -> tuple[int, float]:
    return PRIORITIES.index(hit["priority"]), float(hit["stake"])


def _as_before(one: Alert, hit: Hit) -> Hit:
    return {
        **{name: getattr(one, name) for name in ("priority", "stake", "urgency", "message", "next_step")},
        "rule": hit["rule"],
    }


def follow(
    hits: Any,
    days: Sequence[dt.date],
    events: Sequence[Event],
    clear_days: Mapping[str, int],
    rule_version: int,
    conditions: Mapping[dt.date, Mapping[str, bool]] | None = None,
    again: Sequence[dt.date] = (),
) -> Incidents:
    """Follow the days, oldest first, on the hits of :func:`ml.alerts.hits.find_hits`.

    Hits of days before the first one only say when an incident was last seen. The days of `again` were followed before
    and are looked at again, as :meth:`Incidents.again` says, before the others.
    """
    state = Incidents(events, clear_days, rule_version)
    by_day: dict[dt.date, list[Hit]] = {}
    for hit in hits.iter_rows(named=True):
        by_day.setdefault(hit["ds"], []).append(hit)
    for day in sorted(again):
        state.again(day, by_day.get(day, []))
    earlier: dict[tuple[str, str], dt.date] = {}
    for day in sorted(set(by_day) - set(days)):
        if days and day < min(days):
            earlier |= {(hit["release_id"], hit["cause"]): day for hit in by_day[day]}
    for day in sorted(days):
        state.day(day, by_day.get(day, []), (conditions or {}).get(day, {}), earlier)
    return state
