"""Royalty rates of a YAML file, as a build of gold reads them.

Percents by release, artist and label override those of product lists; `default` holds for what nobody states:

    default: 0.15
    labels: {L0003: 0.18}
    artists: {A00017: 0.22}
    releases: {R000042: 0.30}

Which rate a release has is decided in SQL (`dim_royalty_rate`); here the file is read and checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zlib import crc32

from lake.gold.models import ModelSpec

PARTS = {"releases": "release", "artists": "artist", "labels": "label"}
DEFAULT = "default"
Rates = tuple[tuple[str, str, Decimal], ...]  # level (release, artist, label, default), number, percent
NO_RATES: Rates = ()


class RatesError(ValueError):
    """The file of royalty rates cannot be read; the message names file and field."""


def read_rates(path: Path) -> Rates:
    """The rates of a file, in order.

    Raises:
        RatesError: it is not as it must be.
    """
    import yaml

    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RatesError(
            f"{path}: {type(error).__name__}; LACQUER_ROYALTY_RATES needs a YAML mapping, for which "
            "docs/how-to/schedule-reports.md has an example"
        ) from None
    if not isinstance(given, Mapping) or not given or set(given) - {DEFAULT, *PARTS}:
        raise RatesError(f"{path}: may have {DEFAULT}, {', '.join(PARTS)}, at least one of them and nothing else")
    rates = [(DEFAULT, "", _percent(path, DEFAULT, given[DEFAULT]))] if DEFAULT in given else []
    for part, level in PARTS.items():
        numbers = given.get(part) or {}
        if not isinstance(numbers, Mapping):
            raise RatesError(f"{path}: {part} is a mapping from number to rate, such as {part}: {{X1: 0.15}}")
        rates += [(level, str(number), _percent(path, number, rate)) for number, rate in numbers.items()]
    return tuple(sorted(rates))


def with_rates(model: ModelSpec, rates: Sequence[tuple[str, str, Decimal]]) -> ModelSpec:
    """The model with the rates in its code's number, so that other rates build its table anew."""
    if not model.by_royalty_rates or not rates:
        return model
    return replace(model, code=model.code ^ crc32(repr(rates).encode()))


def _percent(path: Path, name: object, value: object) -> Decimal:
    try:
        percent = 100 * Decimal(str(value))
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or not 0 <= percent <= 100 or percent != round(percent, 4):
        raise RatesError(f"{path}: {name}: a rate lies from 0 to 1 and has at most six decimals, as 0.15")
    return round(percent, 4)
