"""Masking of free texts: what people write about records may hold e-mails, phone numbers and names of private people.

Masked on the way into silver, so that no reader of silver or gold sees them; bronze keeps what came. A name is
recognised where somebody introduces or signs themselves, because artists' names look like anybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_NAME = r"\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’.-]*){0,2}"
_INTRODUCED = r"(?i:my name is|i am called|ich heiße|ich heisse|mein name ist|je m'appelle|mon nom est)"
_GERMAN = r"(?:viele|beste|liebe|mit freundlichen) grüße"
_SIGNED = rf"(?i:(?:best|kind|warm)? ?regards|sincerely|yours|cheers|{_GERMAN}|cordialement)"
# In the order in which they are applied: RE2 pattern, replacement.
MASKS = (
    (r"[\p{L}0-9._%+-]+@[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)+", "[e-mail]"),
    # With a country's code or a leading zero, or as people in North America write it; years, prices and EANs do not.
    (r"(?:\+|\b00)[1-9][0-9]{0,2}[ (/.-]{0,2}[0-9](?:[ ()/.-]{0,2}[0-9]){5,12}\b", "[phone]"),
    (r"\b0[1-9][0-9]{1,4}[ /-]{1,3}[0-9](?:[ /-]?[0-9]){4,9}\b", "[phone]"),
    (r"\(?\b[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4}\b", "[phone]"),
    (rf"({_INTRODUCED}) {_NAME}", r"\1 [name]"),
    (rf"({_SIGNED})([,!]? *\n? *){_NAME}\s*$", r"\1\2[name]"),
)


def install_masking(con: duckdb.DuckDBPyConnection) -> None:
    """Give the connection the SQL function ``masked(text)``."""
    expression = "value"
    for pattern, replacement in MASKS:
        expression = f"regexp_replace({expression}, {_literal(pattern)}, {_literal(replacement)}, 'g')"
    con.execute(f"create or replace temp macro masked(value) as {expression}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
