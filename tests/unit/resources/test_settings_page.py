"""The page of settings lists each one. LACQUER_RENEW_SNAPSHOTS=1 adds the rows that are missing."""

import os
import re
from pathlib import Path

from pydantic.fields import FieldInfo

from resources.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"
ROW = re.compile(r"^\| `LACQUER_(\w+)` \|.*\n", re.MULTILINE)


def row(name: str, field: FieldInfo) -> str:
    default = field.default
    shown = "none" if default is None or default in ((), {}) else f"`{default}`" if default != "" else "empty"
    text = (field.description or "").replace("|", "\\|")
    return f"| `LACQUER_{name.upper()}` | {shown.replace('`False`', '`false`')} | {text} |\n"


def test_the_page_lists_every_setting_and_no_other() -> None:
    page = PAGE.read_text("utf-8")
    fields = Settings.model_fields
    if os.environ.get("LACQUER_RENEW_SNAPSHOTS"):
        listed = {name.lower() for name in ROW.findall(page)}
        added = "".join(row(name, field) for name, field in fields.items() if name not in listed)
        end = [found.end() for found in ROW.finditer(page)][-1]
        page = page[:end] + added + page[end:]
        PAGE.write_text(page, "utf-8")
    assert sorted(name.lower() for name in ROW.findall(page)) == sorted(fields)
