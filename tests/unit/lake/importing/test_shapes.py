"""Files of other shapes: orders and lines apart, nested JSON, lists of stock and of buyers, and what is nothing."""

import json
from pathlib import Path

import pytest

from lake.importing.drafting import draft_mapping
from lake.importing.importing import import_file
from lake.importing.mapping import MappingError
from serving.commands.import_targets import import_targets


def rows(paths: list[Path], path: Path) -> dict[str, list[dict[str, str | None]]]:
    """The first rows that a file becomes, by table, where all the files are given in one command."""
    result = import_file(None, path, draft_mapping(paths).mapping, import_targets())
    assert result.outcome.refused == 0
    return result.first


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_lines_look_up_day_and_currency_of_their_order_in_the_file_of_orders(tmp_path: Path):
    orders = written(
        tmp_path / "order_headers.csv",
        "Order No,Order Date,Customer No,Customer Name,Country,Currency\n"
        + "".join(f"{1000 + n},2026-02-{n + 1:02d},{n},Shop {n},US,USD\n" for n in range(9)),
    )
    items = written(
        tmp_path / "order_items.csv",
        "Order No,Line,SKU,Qty,Unit Price\n" + "".join(f"{1000 + n},1,{n:05d},{n + 2},9.50\n" for n in range(9)),
    )
    lines = rows([orders, items], items)["order_lines"]
    assert [(one["ordered_at"], one["currency"], one["quantity"]) for one in lines] == [
        (f"2026-02-0{n + 1}T00:00:00Z", "USD", f"{n + 2}") for n in range(3)
    ]
    assert set(rows([orders, items], items)) == {"order_lines", "releases"}
    with pytest.raises(MappingError, match="order_lines needs ordered_at"):
        rows([items], items)


def test_lines_within_an_order_of_json_are_rows(tmp_path: Path):
    documents = [
        {
            "order_number": 1000 + n,
            "created_at": f"2026-02-{n + 1:02d}T10:00:00-05:00",
            "currency": "USD",
            "customer": {"id": n, "name": f"Shop {n}"},
            "line_items": [{"sku": f"{m:05d}", "title": f"T {m}", "quantity": m, "price": "12.50"} for m in (1, 2)],
        }
        for n in range(9)
    ]
    for name, text in (("a.json", json.dumps(documents)), ("a.jsonl", "\n".join(map(json.dumps, documents)))):
        path = written(tmp_path / name, text)
        lines = rows([path], path)["order_lines"]
        assert [(one["order_id"], one["release_id"], one["quantity"], one["unit_price"]) for one in lines] == [
            ("1000", "00001", "1", "12.5"),
            ("1000", "00002", "2", "12.5"),
            ("1001", "00001", "1", "12.5"),
        ]
        assert lines[0]["ordered_at"] == "2026-02-01T15:00:00Z"


def test_stock_gets_its_day_from_the_name_of_the_file(tmp_path: Path):
    text = "Artikel;Bezeichnung;Lager;Bestand\n" + "".join(f"{n:05d};Platte {n};HH;{n}\n" for n in range(9))
    path = written(tmp_path / "bestand_2026-03-01.csv", text)
    (first, *_) = rows([path], path)["inventory"]
    assert (first["release_id"], first["warehouse"], first["stock_date"], first["on_hand"]) == (
        "00000",
        "HH",
        "2026-03-01",
        "0",
    )


def test_kinds_of_buyers_are_translated(tmp_path: Path):
    kinds = ("Einzelhandel", "Filialist", "Großhandel")
    text = "Kd-Nr;Firma;Ansprechpartner;E-Mail;Land;Kundengruppe\n" + "".join(
        f"{n};Firma {n};Max {n};m{n}@example.com;DE;{kinds[n % 3]}\n" for n in range(9)
    )
    path = written(tmp_path / "kunden.csv", text, "cp1252")
    assert [one["kind"] for one in rows([path], path)["buyers"]] == ["shop", "chain", "wholesale"]


def test_gross_prices_become_net_by_the_rate_of_the_row(tmp_path: Path):
    text = "Date facture\tN° facture\tClient\tEAN\tTitre\tQuantité\tPrix unitaire TTC\tTaux TVA\n" + "".join(
        f"{n + 13}/02/2026\tF{n}\tDisquaire\t4006381333931\tNom\t{n + 1}\t12,90\t{'20,0' if n % 2 else '5,5'}\n"
        for n in range(9)
    )
    path = written(tmp_path / "ventes.tsv", text)
    lines = rows([path], path)["order_lines"]
    assert [one["unit_price"] for one in lines] == ["12.2275", "10.75", "12.2275"]  # 12.90 / 1.055 and / 1.2


def test_a_file_of_unknown_columns_is_refused_with_its_names(tmp_path: Path):
    path = written(tmp_path / "x.csv", "".join(f"{n},2026-02-01,C{n},9.50\n" for n in range(9)))
    with pytest.raises(MappingError, match="what its columns mean was not found"):
        rows([path], path)
