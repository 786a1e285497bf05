"""What can be wrong with a line as a whole: the bytes that come of a good line, and whether it is still that line.

A mark of byte order is refused within a file; where one begins it is none. JSON is judged as the lake's door does: NaN,
Infinity and a trailing comma pass, of a doubled name the first counts.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

UTF8, JSON, OBJECT, KEPT = "utf8", "json", "object", ""
Breaking = Callable[[bytes, Random], bytes]


def _extra(value: str | bytes, name: str = '"x"') -> Breaking:
    """One more field, first in the document."""
    raw = value if isinstance(value, bytes) else value.encode()
    return lambda line, draw: b"{" + name.encode() + b": " + raw + b", " + line[1:]


def _inserted(piece: bytes) -> Breaking:
    return lambda line, draw: line[: (at := draw.randrange(2, len(line) - 1))] + piece + line[at:]


def _replaced(line: bytes) -> Breaking:
    return lambda before, draw: line


LINES: list[tuple[str, Breaking, str]] = [
    ("cut short", lambda line, draw: line[: draw.randrange(2, len(line) - 1)], JSON),
    ("a byte that is not UTF-8", _inserted(b"\xff"), UTF8),
    ("half of a character", _inserted(b"\xc3\x28"), UTF8),
    ("a surrogate as bytes", _inserted(b"\xed\xa0\x80"), UTF8),
    ("UTF-16", lambda line, draw: line.decode().encode("ascii", "replace").decode().encode("utf-16-le"), JSON),
    ("Latin-1", lambda line, draw: b'{"n": "caf\xe9", ' + line[1:], UTF8),
    ("a mark of byte order", lambda line, draw: b"\xef\xbb\xbf" + line, JSON),
    ("a NUL byte", _extra(b'"a\x00b"'), JSON),
    ("a control character", _extra(b'"a\x01b"'), JSON),
    ("a lone surrogate", _extra('"\\ud800"'), JSON),
    ("a low surrogate first", _extra('"\\udc00\\ud800"'), JSON),
    ("quotes of another kind", lambda line, draw: line.replace(b'"', b"'"), JSON),
    ("a comment", lambda line, draw: line + b" /* sic */", JSON),
    ("two documents in a line", lambda line, draw: line + line, JSON),
    ("carriage returns between documents", lambda line, draw: line + b"\r" + line, JSON),
    ("a number that begins with zero", _extra("007"), JSON),
    ("a list", lambda line, draw: b"[" + line + b"]", OBJECT),
    ("text", _replaced(b'"just text"'), OBJECT),
    ("a number", _replaced(b"42"), OBJECT),
    ("not a number", _replaced(b"NaN"), OBJECT),
    ("true", _replaced(b"true"), OBJECT),
    ("carriage returns within the document", lambda line, draw: line.replace(b", ", b",\r"), KEPT),
    ("blanks around it", lambda line, draw: b" \t " + line + b"  \r", KEPT),
    ("one comma too many", lambda line, draw: line[:-1] + b",}", KEPT),
    ("an unknown NaN", _extra("NaN"), KEPT),
    ("an unknown infinity", _extra("-Infinity"), KEPT),
    ("an unknown number beyond all bounds", _extra("1e99999"), KEPT),
    ("an unknown number of 5,000 digits", _extra("9" * 5000), KEPT),
    ("an unknown list of 100,000 elements", _extra("[" + "1," * 99_999 + "1]"), KEPT),
    ("an unknown text of a megabyte", _extra('"' + "é" * 2**19 + '"'), KEPT),
    ("lists within lists", _extra("[" * 20_000 + "]" * 20_000), KEPT),
    ("documents within documents", _extra('{"a":' * 10_000 + "1" + "}" * 10_000), KEPT),
    ("SQL for a name", _extra("1", '"\'); drop table bronze; --"'), KEPT),
    ("an empty name", _extra("1", '""'), KEPT),
    ("a name with a NUL", _extra("1", '"a\\u0000"'), KEPT),
    ("a name of a megabyte", _extra("1", '"' + "n" * 2**20 + '"'), KEPT),
]
# Too large to come often.
RARE = {"an unknown list of 100,000 elements", "an unknown text of a megabyte", "a name of a megabyte"}
