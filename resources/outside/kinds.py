"""The sources file: which sources an installation has, with which options. Read when a fetch begins, never at import.

Keys stand in the environment (or `.env`) and are named in the file as `${NAME}`. A source whose key is not set is left
out and says so; a mistake in the file stops everything that reads it, with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from resources.outside.apis.amazon import Amazon
from resources.outside.apis.ebay import Ebay
from resources.outside.apis.reddit import Reddit
from resources.outside.apis.spotify import Spotify
from resources.outside.apis.trends import SearchTrends
from resources.outside.apis.walmart import Walmart
from resources.outside.apis.x import X
from resources.outside.apis.youtube import YouTube
from resources.outside.calendars import ICalendar
from resources.outside.concerts import Ticketmaster
from resources.outside.holidays import Holidays
from resources.outside.indicators import Sdmx
from resources.outside.marketplaces import Discogs
from resources.outside.pages.source import Pages
from resources.outside.rates import EcbRates
from resources.outside.source import Configured, Source
from resources.outside.weather import OpenMeteo

_FIGURES = OpenMeteo | EcbRates | Sdmx | Holidays | ICalendar | Ticketmaster
_SOCIAL = Spotify | YouTube | Reddit | X | SearchTrends
_MARKETPLACES = Discogs | Amazon | Ebay | Walmart | Pages
AnySource = Annotated[_FIGURES | _SOCIAL | _MARKETPLACES, Field(discriminator="type")]
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRETS = ("key", "token", "password", "client_secret", "refresh_token")


class SourcesFileError(ValueError):
    """The sources file cannot be used as it is."""


def read_sources(path: Path, environment: Mapping[str, str]) -> Configured:
    """Read the sources file.

    Args:
        path: YAML with a list `sources`.
        environment: where `${NAME}` is looked up.

    Raises:
        SourcesFileError: no such file, no YAML, unknown options, a key that stands in the file itself.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SourcesFileError(f"sources file {path}: {error}; LACQUER_SOURCES names it") from None
    sections = content.get("sources") if isinstance(content, dict) else None
    if not isinstance(sections, list) or not all(isinstance(section, dict) for section in sections):
        raise SourcesFileError(
            f"sources file {path}: it has to be `sources:` and a list below, each with name and type"
        )
    usable, lacking = [], {}
    for section in sections:
        unset = tuple(sorted({name for name in _references(section) if not environment.get(name)}))
        if unset:
            lacking[str(section.get("name"))] = unset
        else:
            usable.append(_validated(_filled_in(section, environment), path))
    names = [source.name for source in usable]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise SourcesFileError(
            f"sources file {path}: {', '.join(doubled)} is there twice; give each source its own name"
        )
    return Configured(tuple(usable), lacking)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _REFERENCE.findall(value)
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _references(one)


def _filled_in(section: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The section with its references looked up; its own keys have to be references."""
    return {
        name: _secret(name, value, environment) if name in _SECRETS else _looked_up(value, environment)
        for name, value in section.items()
    }


def _looked_up(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: environment[found[1]], value)
    if isinstance(value, list):
        return [_looked_up(one, environment) for one in value]
    return {name: _looked_up(one, environment) for name, one in value.items()} if isinstance(value, dict) else value


def _secret(name: str, value: Any, environment: Mapping[str, str]) -> str:
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise SourcesFileError(
            f"sources file: `{name}` has to name a variable of the environment, as in `{name}: ${{SHOP_KEY}}`; a key "
            "does not belong in the file"
        )
    return environment[found[1]]


def _validated(section: Any, path: Path) -> Source:
    try:
        return TypeAdapter[Source](AnySource).validate_python(section)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, one['loc'][1:])) or 'type'}: {one['msg']}" for one in error.errors()]
        name = section.get("name", "a source without a name")
        raise SourcesFileError(f"sources file {path}: {name}: {'; '.join(faults)}") from None
