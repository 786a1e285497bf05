"""How values of settings are read where a type alone does not say it, and what files of settings may name."""

import os
import re
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

ENGINES = ("duckdb", "spark")
SPARK_LAYERS = ("silver",)  # which Spark can write in a run


def usable_threads() -> int:
    """Processors that this process may use, which in a container can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def topics(value: object) -> object:
    """Topics from one text, separated by commas."""
    if not isinstance(value, str):
        return value
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if wrong := [name for name in names if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name)]:
        raise ValueError(f"no topics can be called {', '.join(wrong)}: use letters, digits, ., _ and -")
    return names


def pairs(value: object) -> object:
    """A mapping from one text: `name=value`, separated by commas."""
    if not isinstance(value, str):
        return value
    found = [one.partition("=") for one in value.split(",") if one.strip()]
    if any(not (left.strip() and equals and right.strip()) for left, equals, right in found):
        raise ValueError("write name=value pairs, separated by commas")
    return {left.strip(): right.strip() for left, _, right in found}


def engines(value: object) -> object:
    """Which engine builds which layer: `spark` for all that it can build, or pairs such as `silver=spark`."""
    if not isinstance(value, str):
        return value
    named = dict.fromkeys(SPARK_LAYERS, value) if value in ENGINES else pairs(value)
    assert isinstance(named, dict)
    for layer, engine in named.items():
        if layer not in SPARK_LAYERS or engine not in ENGINES:
            raise ValueError(
                f"{layer}={engine}: write layer=engine; layers are {', '.join(SPARK_LAYERS)}, "
                f"engines {' and '.join(ENGINES)}"
            )
    return named


def known_zone(value: object) -> str:
    """A time zone of the IANA database."""
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone is called {value}: write one as Europe/Berlin or UTC") from None
    return str(value)


def domains(value: object) -> object:
    """Mail domains from one text, separated by commas, in lower case."""
    if not isinstance(value, str):
        return value
    names = tuple(name.strip().lower() for name in value.split(",") if name.strip())
    if wrong := [name for name in names if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name)]:
        raise ValueError(f"no domain is called {', '.join(wrong)}: write them as example.org")
    return names


Topics = Annotated[tuple[str, ...], NoDecode, BeforeValidator(topics)]
Domains = Annotated[tuple[str, ...], NoDecode, BeforeValidator(domains)]
TimeZone = Annotated[str, BeforeValidator(known_zone)]
Engines = Annotated[dict[str, str], NoDecode, BeforeValidator(engines)]
Pairs = Annotated[dict[str, str], NoDecode, BeforeValidator(pairs)]
