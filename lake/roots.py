"""Which folders can hold a lake: a place whose name the engines below would read differently is refused by name."""

from __future__ import annotations

from pathlib import Path

# delta-rs decodes %25, and encodes brackets and backslashes in what it writes; DuckDB takes the others for patterns.
UNUSABLE = "%[]*?\\"


def checked_root(root: Path | str) -> Path:
    """The folder of a lake, absolute; nothing is made.

    Raises:
        ValueError: it is no folder of this machine, or its path has a character that no lake's may have.
    """
    if "://" in str(root) and not str(root).startswith("file://"):
        raise ValueError(
            f"lake {root}: a path, or object storage by the command line or LACQUER_LAKE (s3://bucket/prefix, "
            "az://container/prefix, abfss://container@account.dfs.core.windows.net/prefix); Python works on a folder"
        )
    path = Path(str(root).removeprefix("file://")).absolute()
    wrong = sorted({one for one in str(path) if one in UNUSABLE or not one.isprintable()})
    if wrong:
        shown = " ".join(one if one.isprintable() else repr(one)[1:-1] for one in wrong)
        raise ValueError(
            f"lake {str(path)!r}: its path has {shown}; a lake's has none of {' '.join(UNUSABLE)} and no character "
            "that cannot be printed (blanks, umlauts and # may stand in it); name another folder"
        )
    return path
