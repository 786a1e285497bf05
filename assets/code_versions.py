"""The version of what a step computes: its package of pure logic and the SQL that feeds it."""

from functools import cache
from importlib import import_module

from lake.code_version import code_version


@cache
def step_version(packages: str | tuple[str, ...], *sql_modules: str) -> int:
    """A number of 48 bits that changes with what the step computes.

    Args:
        packages: one or more of ``ml``; everything of ours that they import counts too.
        sql_modules: modules whose constants named ``…SQL`` are what the step asks of the lake.
    """
    entries = [packages] if isinstance(packages, str) else packages
    return code_version(entries, [text for module in sql_modules for text in _sql_of(module)])


def _sql_of(module: str) -> list[str]:
    constants = vars(import_module(module)).items()
    return [f"{name}={value}" for name, value in sorted(constants) if name.endswith("SQL") and isinstance(value, str)]
