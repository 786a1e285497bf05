"""Source packs as the command line sees them: which there are, and their options as `--name value`.

A pack's options are the fields of its own dataclass: a new one shows up here by itself.
"""

import dataclasses
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_type_hints

from serving.failures import fail

if TYPE_CHECKING:
    from demo.pack import Pack


def chosen_pack(name: str) -> "Pack":
    """The pack of that name; an unknown one ends the command with those there are."""
    from demo.packs import PACKS

    if name not in PACKS:
        fail(f"no source pack {name}: there are {', '.join(PACKS)}; lacquer demo --list describes them")
    return PACKS[name]


def pack_options(pack: "Pack", arguments: Sequence[str]) -> dict[str, Any]:
    """What stands on the command line as `--name value` or `--name=value`, typed as the pack declares it."""
    from pydantic import TypeAdapter, ValidationError

    kinds = get_type_hints(pack.options_type)
    known = [field.name for field in dataclasses.fields(pack.options_type)]
    options: dict[str, Any] = {}
    waiting = list(arguments)
    while waiting:
        flag, has_value, value = waiting.pop(0).partition("=")
        name = flag.removeprefix("--").replace("-", "_")
        if not flag.startswith("--") or name not in known:
            fail(_unknown(pack, flag, known))
        if not has_value:
            if not waiting or waiting[0].startswith("--"):
                fail(f"{flag} needs a value, as in {flag} {_default(pack, name)}")
            value = waiting.pop(0)
        try:
            options[name] = TypeAdapter(kinds[name]).validate_strings(value)
        except ValidationError as error:
            fail(f"{flag} {value}: {error.errors()[0]['msg'].lower()}")
    return options


def _unknown(pack: "Pack", flag: str, known: Sequence[str]) -> str:
    flags = [as_flag(name) for name in known]
    near = get_close_matches(flag, [*flags, "--pack", "--lake", "--data", "--list"], n=1)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(flags)}"
    return f"pack {pack.name} has no option {flag}: {hint}"


def as_flag(name: str) -> str:
    """An option's name as it is typed."""
    return "--" + name.replace("_", "-")


def _default(pack: "Pack", name: str) -> str:
    value = getattr(pack.options_type(), name)
    return "VALUE" if value is None else str(value)
