"""`lacquer keys`: make, list and revoke the keys of the API."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from resources.database import Database
    from resources.settings import Settings

NameArgument = Annotated[str | None, typer.Argument(metavar="NAME", help="What the key is for. Without it, list keys.")]
MayOption = Annotated[
    str,
    typer.Option(
        "--may", metavar="LIST", help="read, export, feedback, overrides, alerts, tags, landing, generate, admin."
    ),
]
LabelsOption = Annotated[
    str | None, typer.Option("--labels", metavar="IDS", help="Only these labels' rows, as L0003,L0004. Default: all.")
]
RevokeOption = Annotated[
    str | None, typer.Option("--revoke", metavar="ID", help="Make the key with this id worthless.")
]


def keys(
    name: NameArgument = None,
    may: MayOption = "read",
    labels: LabelsOption = None,
    revoke: RevokeOption = None,
    lake: LakeOption = None,
) -> None:
    """Make an API key, which is printed once and stored as a hash; list keys; revoke one.

    [bold]Examples[/bold]

    lacquer keys "shop system" --may read,feedback

    lacquer keys "label manager" --labels L0003

    lacquer keys --revoke 4f1c2a9be01d
    """
    if find_spec("fastapi") is None:
        fail("the packages of the server are not installed: make serve-tools")
    from resources.database import Database
    from serving.accounts.keys import revoke_key
    from serving.accounts.tables import metadata

    settings = current_settings(lake=chosen_lake(lake))
    database = Database.from_settings(settings, metadata())
    try:
        if revoke is not None:
            if not revoke_key(database, revoke, "command line"):
                fail(f"--revoke {revoke}: no such key, or revoked before; lacquer keys lists them")
            print(f"{revoke} is revoked; servers refuse it within two seconds")
        elif name is None:
            _list(database)
        else:
            _make(database, settings, name, may, labels)
    finally:
        database.close()


def _make(database: "Database", settings: "Settings", name: str, may: str, labels: str | None) -> None:
    from serving.accounts.keys import create_key
    from serving.accounts.secrets import TokenHasher

    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    permissions = [one.strip() for one in may.split(",") if one.strip()]
    scope = None if labels is None else frozenset(one.strip() for one in labels.split(",") if one.strip())
    with explained(ValueError):
        _, key = create_key(database, TokenHasher.of(database, secret), name, permissions, scope, "command line")
    print(key)


def _list(database: "Database") -> None:
    from rich.console import Console
    from rich.table import Table

    from serving.accounts.keys import all_keys

    table = Table("id", "name", "may", "labels", "made", "revoked")
    for key in all_keys(database):
        revoked = "" if key["revoked_at"] is None else f"{key['revoked_at']:%Y-%m-%d}"
        made = f"{key['created_at']:%Y-%m-%d} by {key['created_by']}"
        table.add_row(key["key_id"], key["name"], key["permissions"], key["labels"] or "all", made, revoked)
    Console().print(table)
