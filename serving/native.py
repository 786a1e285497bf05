"""Errors of the system, of delta-rs, DuckDB and Arrow, in one line that says what to do about them."""

import re

# What the text of an error holds -> what is wrong, and the way out.
CAUSES = (
    (
        r"No space left on device|os error 28|disk is full|Disk quota exceeded",
        "the disk is full: free space, then run again",
    ),
    (r"Read-only file system|os error 30|readonly database", "the disk is read-only: mount it for writing"),
    (r"Permission denied|os error 13", "no permission: give this user the folder, or name another lake with --lake"),
    (r"Input/output error|os error 5\b", "the disk reports an input or output error: look at its health"),
)
# Words of an error that a damaged file of a table makes.
DAMAGE = re.compile(
    r"parquet|_delta_log|snappy|No such file|not found|Failed to open|log segment|magic bytes|corrupt|EOF|JSON", re.I
)
LIBRARIES = ("deltalake", "duckdb", "_duckdb", "pyarrow", "polars", "sqlite3", "_internal")
_TABLE = re.compile(r"(/[^\s'\"\[\]]*)/((?:bronze|silver|gold|lake)/[a-z0-9_]+)(?=[/'\"\s.,:]|$)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def in_one_line(text: str) -> str:
    """The text without line ends, and without the colours and arrows that delta-rs puts between causes."""
    return " ".join(_COLOUR.sub("", text).replace(" \u21b3", ":").replace("\u21b3", ":").split()).replace(" :", ":")


def in_words(text: str) -> str:
    """The text in one line; a cause that a person can mend stands first, with its way out."""
    line = in_one_line(text)
    for pattern, words in CAUSES:
        if re.search(pattern, line):
            return f"{words} ({line[:200]})"
    return line


def table_in(text: str) -> tuple[str, str] | None:
    """The lake's folder and the table that an error's path leads to; None where it names none."""
    found = _TABLE.search(in_one_line(text))
    return (found[1], found[2]) if found else None


def explained_native(error: BaseException) -> str | None:
    """One line for an error that the machine or a library of tables raised; None for any other, a fault of ours."""
    kind = type(error)
    of_library = kind.__module__.split(".")[0] in LIBRARIES or kind.__name__ == "PanicException"
    text = in_one_line(str(error)) or kind.__name__
    if not of_library and not isinstance(error, OSError):
        return None
    if any(re.search(pattern, text) for pattern, _ in CAUSES):
        return in_words(text)
    if (found := table_in(text)) is not None and (of_library or isinstance(error, FileNotFoundError)):
        root, table = found
        return f"{table} cannot be read: lacquer repair --lake {root} makes it again ({text[:200]})"
    return None


def looks_damaged(texts: list[str]) -> bool:
    """Whether one of the errors may come from a file of the lake that cannot be read; not all of them name it."""
    return any(DAMAGE.search(text) for text in texts)
