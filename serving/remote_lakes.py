"""Lakes in object storage, for commands: a command works on the working copy, and what it did is pushed at its end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import typer

from serving.failures import explained

if TYPE_CHECKING:
    from lake.remote.working_copy import WorkingCopy
    from resources.settings import Settings

# Commands that write nothing into a lake; they read beside another machine that works on it.
READING = frozenset({"sql", "status", "export", "check", "diff", "trace"})
_COMMAND: ContextVar[typer.Context | None] = ContextVar("command", default=None)
_OPENED = "lacquer.lakes"


def command_begins(context: typer.Context) -> None:
    """Remember the command, so that what it opens is closed when it ends."""
    _COMMAND.set(context)
    context.call_on_close(lambda: _COMMAND.set(None))


def open_in_command(settings: "Settings") -> None:
    """Bring the working copy to the newest state; a command that writes holds the lake until it ends."""
    from resources.remote_lake import working_copy

    context = _COMMAND.get()
    assert context is not None, "only a command opens a lake in object storage so"
    opened: set[str] = context.meta.setdefault(_OPENED, set())
    if settings.lake_address in opened:
        return
    opened.add(str(settings.lake_address))
    with _explained():
        copy = working_copy(settings, tell)
    if (context.invoked_subcommand or "") in READING:
        with _explained():
            copy.refresh()
    else:
        context.with_resource(_writing(copy, settings.lake_wait_s, collects=context.invoked_subcommand == "maintain"))


@contextmanager
def _writing(copy: "WorkingCopy", wait_s: float, collects: bool) -> Iterator[None]:
    with _explained(), copy.writing(wait_s):
        yield
        if collects:
            copy.collect()


@contextmanager
def _explained() -> Iterator[None]:
    from lake.backup.manifest import BackupError
    from lake.remote.objects import RemoteError

    with explained(RemoteError, BackupError):
        yield


def tell(message: str) -> None:
    """Tell people on standard error."""
    print(message, file=sys.stderr)
