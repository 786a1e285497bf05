"""Who asks an MCP server: the holder of an API key, or whoever started the process on their own machine."""

from contextvars import ContextVar

from serving.accounts.identity import Identity

# Whoever can start the process can read the lake's files with `lacquer sql` as well.
LOCAL = Identity("user", "local", "the command line", frozenset({"read", "export"}))
_ASKING: ContextVar[Identity] = ContextVar("asking")


def set_asking(who: Identity) -> None:
    """Say who asks from here on in this context."""
    _ASKING.set(who)


def asking() -> Identity:
    """Who asks.

    Raises:
        LookupError: nobody was named, which no transport lets happen.
    """
    return _ASKING.get()


def asking_with(permission: str) -> Identity:
    """Who asks, if they may do something.

    Raises:
        PermissionError: they may not.
    """
    who = asking()
    if not who.may(permission):
        raise PermissionError(f"this needs the permission {permission!r}, which {who.name} does not have here")
    return who
