"""Weekly reports state what the order lines, forecasts, alerts and decisions say, computed here without SQL."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from serving.queries.publications import Publications
from serving.queries.scopes import Scope
from serving.reports.narrative import Narrative, weekly_narrative
from serving.reports.subject import Subject, SubjectError, find_subject
from tests import copilot_lake

if TYPE_CHECKING:
    import duckdb
    from typer.testing import Result

    from lake.lakehouse import Lake
    from serving.queries.reader import Reader

LABELS = {one[0]: one[4] for one in copilot_lake.RELEASES}
ARTISTS = {one[0]: one[2] for one in copilot_lake.RELEASES}
TITLES = {one[0]: f"{one[1]} ({one[0]})" for one in copilot_lake.RELEASES}
SUBJECTS = [Subject()] + [Subject("label", key, key) for key in ("L1", "L2")]
SUBJECTS += [Subject("artist", f"A{number}", f"A{number}") for number in range(1, 7)]
WEEK = timedelta(days=7)


class Truth:
    """The figures of one subject from the rows."""

    def __init__(self, con: "duckdb.DuckDBPyConnection", subject: Subject) -> None:
        owners = {"company": dict.fromkeys(LABELS, ""), "label": LABELS, "artist": ARTISTS}[subject.kind]
        self.own = {key for key, owner in owners.items() if owner == subject.id}
        names = "order_id, buyer_id, release_id, quantity, house_revenue::double, is_return, order_date"
        every = con.execute(f"select {names} from gold.fct_order_line where is_product").fetchall()
        self.lines = [one for one in every if one[2] in self.own]
        self.forecasts = con.execute(
            "select release_id, origin, units_p50, units_p90, units_mean from gold.forecasts where horizon_days = 30"
        ).fetchall()

    def within(self, since: date, until: date) -> list[Any]:
        """The lines of some days."""
        return [one for one in self.lines if since <= one[6] <= until]

    def sold(self, since: date, until: date) -> dict[str, float]:
        """Sums of some days."""
        lines = self.within(since, until)
        return {
            "revenue": sum(one[4] for one in lines),
            "units": sum(one[3] for one in lines),
            "orders": len({one[0] for one in lines if not one[5]}),
            "buyers": len({one[1] for one in lines}),
            "returned": -sum(one[3] for one in lines if one[5]),
        }

    def drivers(self, since: date, until: date) -> dict[str, float]:
        """Returns and new releases of the change on the week before; the others by what remains."""
        firsts: dict[str, date] = {}
        for one in sorted(self.lines, key=lambda one: one[6]):
            if not one[5]:
                firsts.setdefault(one[2], one[6])
        now, before = self.within(since, until), self.within(since - WEEK, until - WEEK)
        back = sum(one[4] for one in now if one[5]) - sum(one[4] for one in before if one[5])
        new = sum(one[4] for one in now if not one[5] and firsts[one[2]] >= since)
        price = 0.0
        for key in self.own:
            old = [one for one in before if one[2] == key and not one[5]]
            fresh = [one for one in now if one[2] == key and not one[5]]
            if old and fresh:
                units = sum(one[3] for one in fresh)
                mean = sum(one[4] for one in old) / sum(one[3] for one in old)
                price += sum(one[4] for one in fresh) - units * mean
        known = [one for one in before if not one[5]], [one for one in now if not one[5] and firsts[one[2]] < since]
        q0, q1 = (sum(one[3] for one in lines) for lines in known)
        volume = (q1 - q0) * sum(one[4] for one in known[0]) / q0 if q0 else 0.0
        return {"by_returns": back, "by_new_releases": new, "by_price": price, "by_volume": volume}


def mondays() -> list[date]:
    """34 weeks, so that nine subjects make 306 reports."""
    every = [date(2024, 7, 8) + WEEK * number for number in range(82)]
    return sorted({*every[::3], *every[-9:]})


def check(report: Narrative, truth: Truth) -> None:
    """Compare every number of a report with the rows."""
    facts: dict[str, Any] = {one.name: one.value for one in report.facts}
    since, until = report.week.since, report.week.until
    for suffix, back in (("", 0), ("_week_before", 7), ("_year_before", 364)):
        sums = truth.sold(since - timedelta(days=back), until - timedelta(days=back))
        for name, value in sums.items():
            assert facts[f"{name}{suffix}"] == pytest.approx(value, abs=0.006), (report.title, name, suffix)
    now, before = truth.sold(since, until)["revenue"], truth.sold(since - WEEK, until - WEEK)["revenue"]
    assert facts["revenue_change"] == pytest.approx(now - before, abs=0.006)
    for name, value in truth.drivers(since, until).items():
        assert facts[name] == pytest.approx(value, abs=0.006), (report.title, name)
    parts = ("by_price", "by_volume", "by_mix", "by_returns", "by_new_releases")
    assert sum(float(facts[one]) for one in parts) == pytest.approx(now - before, abs=0.04)
    check_best(facts, truth, since, until)
    check_forecasts(facts, truth, until)
    alerts = [one for one in (1, 2, 3, 5) if f"R{one}" in truth.own and copilot_lake.ORIGIN - timedelta(one) <= until]
    assert facts["open_alerts"] == len(alerts)
    orders = [one for one in (1, 2, 3) if f"R{one}" in truth.own and until >= copilot_lake.ORIGIN]
    assert facts["orders_to_place"] == len(orders)
    assert facts["order_cost"] == 400.0 * sum(orders)


def check_best(facts: dict[str, Any], truth: Truth, since: date, until: date) -> None:
    units: dict[str, int] = defaultdict(int)
    for one in truth.within(since, until):
        units[one[2]] += one[3]
    best = sorted((key for key in units if units[key] > 0), key=lambda key: (-units[key], key))[:5]
    told = [facts[f"best_{place}_title"] for place in range(1, 6) if f"best_{place}_title" in facts]
    assert told == [TITLES[key] for key in best]
    assert [facts[f"best_{place}_units"] for place in range(1, len(told) + 1)] == [units[key] for key in best]


def check_forecasts(facts: dict[str, Any], truth: Truth, until: date) -> None:
    made = [one for one in truth.forecasts if one[0] in truth.own and one[1] <= until]
    origin = max((one[1] for one in made), default=None)
    assert facts.get("forecast_origin") == origin
    if origin is not None:
        assert facts["forecast_units"] == pytest.approx(sum(one[4] for one in made if one[1] == origin))
    ended = [one for one in made if one[1] + timedelta(days=30) <= until]
    assert ("missed_origin" in facts) == bool(ended)
    above = 0
    total = 0
    for key, first, _, p90, _ in ended:
        lines = truth.within(first + timedelta(days=1), first + timedelta(days=30))
        sold = sum(one[3] for one in lines if one[2] == key and not one[5])
        total, above = total + sold, above + (sold > p90)
    if ended:
        assert facts["missed_actual"] == total
        assert facts["missed_above"] == above
        assert facts["missed_expected"] == pytest.approx(sum(one[2] for one in ended))


def numbers(text: str) -> set[str]:
    return set(re.findall(r"-?\d[\d,]*(?:\.\d+)?%?", text))


@pytest.mark.heavy
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.id or one.kind)
def test_reports_equal_what_the_rows_say(
    subject: Subject, reader: "Reader", truth: "duckdb.DuckDBPyConnection"
) -> None:
    figures = Truth(truth, subject)
    for monday in mondays():
        report = weekly_narrative(reader, subject, str(monday))
        assert report.week.since == monday
        check(report, figures)
        text = " ".join(one for part in report.paragraphs for one in part.sentences)
        known = " ".join(one.shown for one in report.facts) + " 30 P90"
        assert numbers(text) <= numbers(known)


def test_a_label_manager_reads_the_label_only(report_lake: "Lake", truth: "duckdb.DuckDBPyConnection") -> None:
    scoped = Publications(report_lake).reader(Scope(frozenset({"L1"})))
    check(weekly_narrative(scoped, None, "2026-01-26"), Truth(truth, Subject("label", "L1", "L1")))
    with pytest.raises(SubjectError, match="no label 'Tidal Sounds'"):
        find_subject(scoped, label="Tidal Sounds")


def test_the_command_tells_a_week_and_refuses_what_is_not_there(
    lacquer: "Callable[..., Result]", report_lake: "Lake"
) -> None:
    root = report_lake.root
    told = lacquer("report", "weekly", "--label", "amber records", "--week", "2026-W04", "--lake", root)
    assert told.exit_code == 0
    assert told.output.startswith("Week 2026-W04: Amber Records (2026-01-19 to 2026-01-25)")
    for arguments, says in (
        (("--label", "Ambre Records"), "did you mean Amber Records"),
        (("--artist", "Twin Moons"), "more than one artist"),
        (("--week", "2026-W60"), "is no week"),
        (("--week", "2027-01-01"), "sales are known until 2026-01-31 only"),
        (("--label", "L1", "--artist", "A1"), "give one of them"),
    ):
        refused = lacquer("report", "weekly", *arguments, "--lake", root)
        assert refused.exit_code == 1
        assert says in refused.output
