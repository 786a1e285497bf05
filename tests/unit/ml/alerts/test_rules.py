"""Rules are data: expressions are checked when they are read, and can do nothing but compare columns."""

import datetime as dt

import polars as pl
import pytest

from ml.alerts.expressions import ExpressionError, compiled
from ml.alerts.facts import COLUMNS
from ml.alerts.hits import find_hits
from ml.alerts.rules import Rule, RuleBook, RuleError, built_in_rules, read_rules

RULE = """
version: 3
rules:
  - {name: low, type: stock, cause: stock, when: "available < 5 and not units_28 < 1", stake: "units_28 * 10",
     urgency: 1, message: "{available:.0f} left", next_step: order, for_days: 2}
"""


def test_an_expression_is_vectorised_and_a_missing_value_never_holds() -> None:
    frame = pl.DataFrame({"a": [1.0, None, 3.0], "b": [2.0, 2.0, 2.0]})
    held = frame.select(compiled("a < b and not (b > 5) or a == 3", ["a", "b"]).fill_null(False)).to_series()
    assert held.to_list() == [True, False, True]
    assert frame.select(compiled("max(a, b) - 1", ["a", "b"])).to_series().to_list() == [1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.map_elements", "Attribute is not allowed"),
        ("__import__('os').system('true')", "not allowed|functions are"),
        ("[a for a in b]", "ListComp is not allowed"),
        ("a[0]", "Subscript is not allowed"),
        ("a ** 9", "Pow is not allowed"),
        ("lambda: a", "Lambda is not allowed"),
        ("1 < a < 2", "a < b and b < c"),
        ("c > 1", "unknown column c; known are a, b"),
        ("a >", "invalid syntax"),
    ],
)
def test_what_is_no_comparison_of_columns_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        compiled(text, ["a", "b"])


def test_a_rule_holds_after_its_days_in_a_row_with_money_and_words() -> None:
    book = read_rules(RULE, COLUMNS)
    facts = pl.DataFrame(
        {
            "release_id": ["R1"] * 5,
            "ds": [dt.date(2026, 1, day) for day in range(1, 6)],
            "available": [4.0, 9.0, 3.0, 2.0, 1.0],
            "units_28": [30.0] * 5,
        }
    ).with_columns(*(pl.lit(None, pl.Float64).alias(name) for name in COLUMNS if name not in ("available", "units_28")))
    hits = find_hits(facts, book)
    assert hits.select("ds", "stake", "priority", "message").rows() == [
        (dt.date(2026, 1, 4), 300.0, "low", "2 left"),
        (dt.date(2026, 1, 5), 300.0, "low", "1 left"),
    ]


def test_a_wrong_rule_names_itself_and_its_field() -> None:
    for wrong, message in {
        "type: stock": ("type: weather", "rule low: type weather"),
        "available < 5": ("availible < 5", "rule low: .*unknown column availible"),
        "urgency: 1": ("urgency: 7", "rule low: urgency"),
        "{available:.0f}": ("{volume}", "rule low: its message names unknown columns: volume"),
        "next_step: order,": ("", "rule low lacks next_step"),
    }.items():
        with pytest.raises(RuleError, match=message[1]):
            read_rules(RULE.replace(wrong, message[0]), COLUMNS)


def test_priority_weighs_money_by_urgency() -> None:
    rule = Rule("r", "price", "c", "price > 1", "1", 1.0, "m", "n")
    book = RuleBook(1, (rule,))
    assert [book.priority(stake, 1.0) for stake in (10_001, 10_000, 301, 10)] == ["critical", "high", "medium", "low"]
    assert book.priority(19_000, 0.0) == "high"
    assert RuleBook(1, (rule,), critical_above=500).priority(501, 1.0) == "critical"


def test_the_rules_that_come_with_lacquer_are_valid() -> None:
    book = built_in_rules(COLUMNS)
    assert {rule.type for rule in book.rules} >= {"price", "demand", "stock", "competitor", "performance", "data"}
