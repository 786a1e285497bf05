"""Imports into a lake: what is refused and how that is reported, nothing twice, precedence, the mapping."""

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lake.importing.drafting import draft_mapping
from lake.importing.importing import FileResult, import_file, in_order, stated_before
from lake.importing.mapping import Mapping, MappingError
from lake.importing.mapping_file import add_to_mapping, read_mapping, write_mapping
from lake.importing.outcome import Stated
from lake.journals.imports import finished_imports
from lake.lakehouse import Lake
from serving.commands.import_targets import import_targets

ROOT = Path(__file__).parents[4]
HEAD = "Auftragsnr;Datum;Kunde;Artikelnr;Titel;Menge;Nettopreis\n"
ROW = "A{n};01.02.2026;Laden {n};P{n};Platte {n};{n};{n},50\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def imported(lake: Lake | None, path: Path, mapping: Mapping | None = None) -> FileResult:
    return import_file(lake, path, mapping or draft_mapping([path]).mapping, import_targets(), Stated())


def documents(lake: Lake) -> list[str]:
    return sorted(
        line
        for path in (lake.root / "landing").rglob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    )


def test_every_fault_of_a_row_names_the_users_column_the_value_and_the_rule(tmp_path: Path):
    rows = HEAD + "".join(ROW.format(n=n) for n in range(1, 30)) + "A99;35.02.2026;Laden;P1;x;2,5;teuer\n"
    result = imported(Lake(tmp_path / "lake"), written(tmp_path / "orders.csv", rows))
    assert (result.outcome.read, result.outcome.landed, result.outcome.refused) == (30, 29, 1)
    found = {(one.row, one.column, one.value, one.rule) for one in result.faults if one.table == "order_lines"}
    assert found == {
        (31, "Datum", "35.02.2026", "is no date like %d.%m.%Y"),
        (31, "Menge", "2,5", "is no whole number"),
        (31, "Nettopreis", "teuer", "is no number with decimal ','"),
    }
    assert result.refused is not None
    with result.refused.open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert {(row["file"], row["row"], row["column"]) for row in listed} == {
        ("orders.csv", "31", column) for column in ("Datum", "Menge", "Nettopreis")
    }


def test_a_rule_of_the_table_is_reported_by_the_users_column(tmp_path: Path):
    rows = HEAD + "".join(ROW.format(n=n) for n in range(1, 30)) + "A99;01.02.1999;Laden;P1;x;2;9,50\n"
    (fault,) = imported(None, written(tmp_path / "orders.csv", rows)).faults
    assert (fault.row, fault.column, fault.field) == (31, "Datum", "ordered_at")
    assert "outside of the years 2000 to 2049" in fault.rule


def test_the_same_file_again_lands_nothing_and_a_corrected_one_takes_precedence(tmp_path: Path):
    lake, path = Lake(tmp_path / "lake"), tmp_path / "orders.csv"
    written(path, HEAD + "".join(ROW.format(n=n) for n in range(1, 9)))
    mapping = draft_mapping([path]).mapping
    imported(lake, path, mapping)
    before = documents(lake)
    again = imported(lake, path, mapping)
    assert (again.known, documents(lake)) == (True, before)
    written(path, HEAD + "".join(ROW.format(n=n) for n in range(1, 9)).replace("3,50", "4,75"))
    assert not imported(lake, path, mapping).known
    made = [json.loads(line) for line in documents(lake)]
    lines = [one for one in made if one.get("source", {}).get("table") == "order_lines"]
    latest = max((one for one in lines if one["after"]["sku"] == "P3"), key=lambda one: one["source"]["position"])
    assert latest["after"]["price"] == "4.75"
    assert len(finished_imports(lake)) == 2


@pytest.mark.heavy
def test_a_killed_import_that_is_repeated_lands_what_one_that_was_not_killed_lands(tmp_path: Path):
    path = written(tmp_path / "orders.csv", HEAD + "".join(ROW.format(n=n) for n in range(1, 12_001)))
    mapping = draft_mapping([path]).mapping
    write_mapping(tmp_path / "mapping.yml", mapping, [])
    script = f"""
import os, signal
from pathlib import Path
import lake.importing.landing as landing
from lake.importing.importing import import_file
from lake.importing.mapping_file import read_mapping
from lake.lakehouse import Lake
from serving.commands.import_targets import import_targets
landing.PART_LINES = 1000
def on_row(count):
    if count >= 6000:
        os.kill(os.getpid(), signal.SIGKILL)
mapping = read_mapping(Path({str(tmp_path / "mapping.yml")!r}))
import_file(Lake({str(tmp_path / "lake")!r}), Path({str(path)!r}), mapping, import_targets(), None, on_row)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    lake = Lake(tmp_path / "lake")
    half = documents(lake)
    assert 0 < len(half) < 48_000
    again = script.replace("count >= 6000", "False")
    subprocess.run([sys.executable, "-c", again], cwd=ROOT, check=True)
    made = documents(lake)
    assert len(made) == len(set(made))
    assert set(half) <= set(made)
    tables = [json.loads(line).get("source", {}).get("table", "pim") for line in made]
    assert {name: tables.count(name) for name in ("order_lines", "orders", "buyers")} == dict.fromkeys(
        ("order_lines", "orders", "buyers"), 12_000
    )


def test_a_product_list_is_not_overruled_by_what_order_lines_say_of_its_releases(tmp_path: Path):
    lake = Lake(tmp_path / "lake")
    products = written(tmp_path / "products.csv", "SKU,Title,Artist\nP1,The Title,An Artist\nP2,Another,An Artist\n")
    orders = written(tmp_path / "orders.csv", HEAD + "".join(ROW.format(n=n) for n in range(1, 5)))
    mapping = draft_mapping([orders, products]).mapping
    assert in_order([orders, products], mapping) == [products, orders]
    imported(lake, products, mapping)
    targets = import_targets()
    import_file(lake, orders, mapping, targets, stated_before(lake, targets))
    nodes = [json.loads(line) for line in documents(lake) if '"Release"' in line]
    titles = {node["releaseId"]: node["title"] for node in nodes}
    assert titles == {"P1": "The Title", "P2": "Another", "P3": "Platte 3", "P4": "Platte 4"}
    derived = {node["releaseId"] for node in nodes if node["modificationDate"] < 946_684_800}
    assert derived == {"P3", "P4"}


def test_a_mapping_is_what_it_was_after_writing_and_an_edit_counts(tmp_path: Path):
    path = written(tmp_path / "orders.csv", HEAD + "".join(ROW.format(n=n) for n in range(1, 9)))
    draft = draft_mapping([path]).mapping
    write_mapping(tmp_path / "m.yml", draft, ["a note"])
    assert read_mapping(tmp_path / "m.yml") == draft
    text = (tmp_path / "m.yml").read_text(encoding="utf-8")
    edited = text.replace("constant: EUR", "constant: CHF").replace("constant: shop", "constant: chain")
    edited = edited.replace("time_zone: UTC", "time_zone: Europe/Zurich")
    (tmp_path / "m.yml").write_text(edited, encoding="utf-8")
    first = imported(None, path, read_mapping(tmp_path / "m.yml")).first
    assert (first["order_lines"][0]["currency"], first["buyers"][0]["kind"]) == ("CHF", "chain")


def test_entries_for_new_files_are_added_and_comments_stay(tmp_path: Path):
    orders = written(tmp_path / "orders.csv", HEAD + ROW.format(n=1) + ROW.format(n=2))
    products = written(tmp_path / "products.csv", "SKU,Title,Artist\nP1,The Title,An Artist\n")
    add_to_mapping(tmp_path / "m.yml", draft_mapping([orders]).mapping, [])
    with (tmp_path / "m.yml").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    made = add_to_mapping(tmp_path / "m.yml", draft_mapping([products]).mapping, [])
    assert [one.match for one in made.files] == ["orders.csv", "products.csv"]
    assert "# mine" in (tmp_path / "m.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("sku", "sku"), None),
        (("quantity: Menge", "quantity: Mengen"), "no column 'Mengen', which the mapping names: did you mean Menge"),
        (("quantity: Menge", "quantities: Menge"), "order_lines has no field quantities"),
        (("      quantity: Menge\n", ""), "order_lines needs quantity"),
        (("    order_lines:", "    order_line:"), "no table order_line"),
        (("quantity: Menge", "quantity: {columm: Menge}"), "unknown columm"),
        (("quantity: Menge", "quantity: {column: Menge, constant: 1}"), "2 are given"),
        (("time_zone: UTC", "time_zone: Berlin"), "time_zone Berlin is unknown"),
        (("decimal: ','", "decimal: ';'"), "decimal is"),
    ],
)
def test_a_wrong_mapping_is_answered_with_its_place(edit: tuple[str, str], said: str | None, tmp_path: Path):
    path = written(tmp_path / "orders.csv", HEAD + "".join(ROW.format(n=n) for n in range(1, 9)))
    write_mapping(tmp_path / "m.yml", draft_mapping([path]).mapping, [])
    text = (tmp_path / "m.yml").read_text(encoding="utf-8")
    assert said is None or edit[0] in text
    (tmp_path / "m.yml").write_text(text.replace(*edit, 1), encoding="utf-8")
    if said is None:
        imported(None, path, read_mapping(tmp_path / "m.yml"))
        return
    with pytest.raises(MappingError, match=said):
        imported(None, path, read_mapping(tmp_path / "m.yml"))
