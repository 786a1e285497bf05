"""How a command says that it could not do its work: one line for people on standard error, and exit code 1.

Only errors that a user can mend come through here. A fault of ours keeps its traceback.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def fail(message: str) -> NoReturn:
    """End the command with the message and exit code 1."""
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(1)


@contextmanager
def explained(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds into their message: their text already names the thing, the rule and the way out."""
    try:
        yield
    except kinds as error:
        fail(str(error))
