"""The file that lists which tables of the ERP are pulled, and how: ``LACQUER_ERP_TABLES``."""

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lake.ingest.pulls.source import SourceTable

FIELDS = ("relation", "key", "watermark", "look_back", "all_keys", "reconcile")
_UNITS = {"minute": "minutes", "hour": "hours", "day": "days", "week": "weeks"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def read_tables(path: Path) -> "tuple[SourceTable, ...]":
    """The declared tables, in their order.

    Raises:
        ValueError: the file is not there, is not YAML, or declares what cannot be; file, table and field are named.
    """
    import yaml

    try:
        said = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {error}; write one entry per table, see docs/how-to/connect-the-erp.md") from error
    if not isinstance(said, dict) or not said:
        raise ValueError(f"{path}: write one entry per table, `order_lines: {{key: [order_id, line_no], …}}`")
    return tuple(_table(path, str(name), fields) for name, fields in said.items())


def _table(path: Path, name: str, fields: Any) -> "SourceTable":
    from lake.ingest.pulls.source import SourceTable

    where = f"{path}: {name}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"{where}: a table is named with at most 64 letters, digits, _, . and -")
    if not isinstance(fields, dict):
        raise ValueError(f"{where}: say at least key, watermark and look_back")
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise ValueError(f"{where}: unknown fields {', '.join(unknown)}; there are {', '.join(FIELDS)}")
    if absent := [one for one in ("key", "watermark", "look_back") if not fields.get(one)]:
        raise ValueError(f"{where}: {', '.join(absent)} must be declared")
    compared = fields.get("reconcile") or {}
    if not isinstance(compared, dict) or (compared and not compared.get("day")) or set(compared) - {"day", "sums"}:
        raise ValueError(f"{where}: reconcile says `day`, a column, and `sums`, columns or products of columns")
    return SourceTable(
        name=name,
        relation=fields.get("relation") or name,
        key=tuple(_listed(fields["key"])),
        watermark=fields["watermark"],
        look_back=_look_back(where, fields["look_back"]),
        all_keys=_yes(where, fields.get("all_keys", "no")),
        day=compared.get("day"),
        sums=tuple(tuple(part.strip() for part in one.split("*")) for one in _listed(compared.get("sums", []))),
    )


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _yes(where: str, text: str) -> bool:
    if text not in ("yes", "no", "true", "false"):
        raise ValueError(f"{where}: all_keys is yes or no, not {text}")
    return text in ("yes", "true")


def _look_back(where: str, text: str) -> dt.timedelta | int:
    found = re.fullmatch(r"(\d+)\s*(minute|hour|day|week)?s?", text.strip())
    if not found:
        raise ValueError(f"{where}: look_back is a duration such as `3 days` or `6 hours`, or a number of a counter")
    number, unit = int(found[1]), found[2]
    return dt.timedelta(**{_UNITS[unit]: number}) if unit else number
