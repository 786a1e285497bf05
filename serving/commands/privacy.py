"""`lacquer privacy`: which personal data the lake holds, and under which keys its pseudonyms stand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from lake.lakehouse import Lake

HELP = """Which personal data the lake holds, why and how protected; under which keys its pseudonyms stand.

[bold]Examples[/bold]

lacquer privacy record > record-of-processing.md

lacquer privacy keys --lake lakes/demo

lacquer privacy rotate-key --key-file new.key --lake lakes/demo
"""
SHORTEST = 32  # as LACQUER_PSEUDONYM_KEY
KeyFileOption = Annotated[
    Path,
    typer.Option(
        "--key-file", metavar="FILE", help="File of the new key; where it is not there, a random key is written to it."
    ),
]
PurgeOption = Annotated[
    bool, typer.Option("--purge", help="Delete every version with old pseudonyms at once, whatever the retention.")
]
privacy = typer.Typer(no_args_is_help=True, help=HELP)


@privacy.command("record")
def show_record() -> None:
    """Print the record of processing (GDPR, article 30), written from the contracts, as Markdown."""
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.privacy import as_markdown, holdings

    settings = current_settings()
    layers = {
        "bronze": settings.retention_bronze_days,
        "silver": settings.retention_silver_days,
        "gold": settings.retention_gold_days,
        "lake": settings.retention_system_days,
    }
    print(as_markdown(holdings(layers)), end="")


@privacy.command("keys")
def show_keys(lake: LakeOption = None) -> None:
    """Count the published pseudonyms by key; end with exit code 1 where some are of another key than the current one.

    lacquer privacy rotate-key makes all of them anew under another key, lacquer rebuild --silver under the current one.
    """
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from lake.lakehouse import Lake
    from lake.personal import key_name

    key = current_settings().pseudonym_key
    current = key_name(key.get_secret_value()) if key else None
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    counted = _counted(store)
    print(f"current key: {current or 'none; new rows keep no personal data'}")
    for table, column, name, count in counted:
        print(f"{table}.{column}: {count:,} of key {name}{'' if name == current else ', which is not the current one'}")
    if other := sum(count for _, _, name, count in counted if name != current):
        fail(f"{other:,} pseudonyms are of another key: lacquer rebuild --silver --lake {store.root} makes them anew")


@privacy.command("rotate-key")
def rotate_key(key_file: KeyFileOption, purge: PurgeOption = False, lake: LakeOption = None) -> None:
    """Make every pseudonym anew under another key, and publish them together; readers see one key at any time.

    The silver tables that hold pseudonyms are made again from bronze; no run may be under way. Afterwards set
    LACQUER_PSEUDONYM_KEY to the new key, before the next run. Versions with old pseudonyms stay for their retention;
    --purge deletes them. A command that was killed has changed nothing that readers see: call it again before the next
    run.

    [bold]Examples[/bold]

    lacquer privacy rotate-key --key-file new.key --lake lakes/demo

    lacquer privacy rotate-key --key-file new.key --purge
    """
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.privacy import with_pseudonyms
    from lake.erasure.rotation import RotationError, rotate
    from lake.lakehouse import Lake
    from lake.personal import key_name

    current = current_settings().pseudonym_key
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.published():
        fail(f"nothing is published in {store.root} yet, so there is no pseudonym: begin with lacquer run")
    key = new_key(key_file)
    if current and current.get_secret_value() == key:
        fail(f"{key_file} holds the key that LACQUER_PSEUDONYM_KEY is set to; name a file with another key")
    with explained(RotationError):
        rotate(store, with_pseudonyms(), key, purges=purge, on_progress=print)
    counted = _counted(store)
    if other := sum(count for *_, name, count in counted if name != key_name(key)):
        fail(f"{other:,} pseudonyms of {store.root} are still of another key; call again")
    print(f"{sum(count for *_, count in counted):,} pseudonyms are of key {key_name(key)}")
    print(f"now set LACQUER_PSEUDONYM_KEY to the content of {key_file}; only backups still need the old key")


def new_key(file: Path) -> str:
    """The key of the file; a random one is written where there is no file, for its owner's eyes only."""
    import os
    import secrets

    try:
        if not file.exists():
            opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "w", encoding="utf-8") as written:
                written.write(secrets.token_urlsafe(48) + "\n")
        key = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        fail(f"{file}: {error.strerror}; name a file that can be read, or made")
    except UnicodeDecodeError:
        fail(f"{file} is no text; the key is one line of text")
    if not key.isprintable() or " " in key:
        fail(f"{file}: the key is one line without blanks, as LACQUER_PSEUDONYM_KEY holds it")
    if len(key) < SHORTEST:
        fail(f"{file}: the key has {len(key)} characters; it needs {SHORTEST} or more")
    return key


def _counted(store: "Lake") -> list[tuple[str, str, str, int]]:
    """Table, column, name of the key and number of pseudonyms, of what is published."""
    from assets.privacy import protected_columns
    from lake.delta.views import quoted

    versions, found = store.published(), []
    for table, columns in protected_columns().items():
        if table not in versions:
            continue
        con = store.connect({table: versions[table]})
        for column in columns:
            rows = con.execute(
                f"select split_part({quoted(column)}, ':', 1), count(*) from {table.replace('/', '.')} "
                f"where {quoted(column)} is not null group by all order by all"
            ).fetchall()
            found += [(table, column, str(name), int(count)) for name, count in rows]
    return found
