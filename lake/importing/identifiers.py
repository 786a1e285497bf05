"""Identifiers of the music trade: EAN and UPC with their check digit, ISRC; and numbers that a spreadsheet has bent."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from hashlib import sha256

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_SCIENTIFIC = re.compile(r"(\d(?:[.,]\d+)?)[eE]\+?(\d{1,2})")


class IdentifierError(ValueError):
    """The text is no such identifier; the message is the rule that it breaks."""


def ean13(text: str) -> str:
    """Return the EAN of 13 digits: a UPC gets its leading zero, zeros that a spreadsheet dropped come back.

    Raises:
        IdentifierError: other characters than digits, over 14 digits, or a wrong check digit.
    """
    digits = re.sub(r"[\s-]", "", plain_identifier(text)).removesuffix(".0")
    if not digits.isascii() or not digits.isdigit():
        raise IdentifierError("is no EAN or UPC: it has other characters than digits")
    if len(digits) == 14 and digits.startswith("0"):
        digits = digits[1:]
    if not 8 <= len(digits) <= 13:
        raise IdentifierError("is no EAN or UPC: those have 8 to 13 digits")
    if not has_check_digit(digits.zfill(13)):
        raise IdentifierError("is no EAN or UPC: its check digit is wrong")
    return digits.zfill(13)


def has_check_digit(digits: str) -> bool:
    """Whether the last of 13 digits is the check digit of those before it."""
    weighted = sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(digits))
    return weighted % 10 == 0


def isrc(text: str) -> str:
    """Return the ISRC of 12 characters, without its hyphens.

    Raises:
        IdentifierError: it has another shape than country, registrant, year and designation.
    """
    bare = re.sub(r"[\s-]", "", text).upper()
    if not _ISRC.fullmatch(bare):
        raise IdentifierError("is no ISRC: two letters, three characters, seven digits")
    return bare


def plain_identifier(text: str) -> str:
    """Return the identifier as its owner wrote it, where a spreadsheet made a number of it and kept its digits.

    Raises:
        IdentifierError: it stands in scientific notation and has lost digits.
    """
    bare = text.strip()
    bare = bare[2:-1] if bare.startswith('="') and bare.endswith('"') else bare.removeprefix("'")
    bent = _SCIENTIFIC.fullmatch(bare)
    if not bent:
        return bare
    mantissa, exponent = bent[1].replace(",", "."), int(bent[2])
    if len(mantissa.replace(".", "")) <= exponent:
        raise IdentifierError(
            "is an identifier in scientific notation that lost its last digits: format the column as text"
        )
    return format(Decimal(f"{mantissa}E{exponent}"), "f").removesuffix(".0")


def id_of(name: str) -> str:
    """An identifier that follows from a name alone, whatever its case and accents: ``the-lathes``."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug[:60] if slug else f"n{sha256(name.strip().encode()).hexdigest()[:12]}"
