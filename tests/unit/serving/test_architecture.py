"""The picture of the packages is drawn from the imports, and the page shows today's."""

from serving.architecture import PAGE, between, imports_of, mermaid, reduced

IMPORTS = {
    "shop": set[str](),
    "shop.till": {"shop.stock.shelf", "bank.account"},
    "shop.stock.shelf": {"bank.money"},
    "bank.account": {"bank.money"},
    "bank.money": set[str](),
}


def test_arrows_join_packages_and_not_a_package_to_itself() -> None:
    assert between(IMPORTS) == {"bank": frozenset(), "shop": frozenset({"bank"})}


def test_within_a_package_its_modules_and_packages_are_the_parts() -> None:
    assert between(IMPORTS, "shop") == {"shop.stock": frozenset(), "shop.till": frozenset({"shop.stock"})}
    assert between(IMPORTS, "bank") == {"bank.account": frozenset({"bank.money"}), "bank.money": frozenset()}


def test_an_arrow_that_a_longer_way_implies_is_left_out() -> None:
    arrows = {"a": frozenset("bcd"), "b": frozenset("c"), "c": frozenset("d"), "d": frozenset[str]()}
    assert reduced(arrows) == {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("d"), "d": frozenset()}


def test_a_part_without_arrows_is_drawn_too() -> None:
    assert mermaid({"a": frozenset("b"), "b": frozenset()}).splitlines()[1:-1] == [
        "flowchart TD",
        "    b",
        "    a --> b",
    ]


def test_the_page_shows_the_packages_of_today() -> None:
    drawn = mermaid(reduced(between(imports_of())))
    assert drawn in PAGE.read_text(encoding="utf-8"), "run python -m serving.architecture"
