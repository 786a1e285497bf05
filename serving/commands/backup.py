"""`lacquer backup` and `lacquer restore`: copies of a lake and of its operational database."""

from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

ToOption = Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of the backups; on another disk.")]
FromOption = Annotated[Path, typer.Option("--from", metavar="DIR", help="Folder of the backups.")]
VerifyOption = Annotated[bool, typer.Option("--verify", help="Read all stored files again and compare checksums.")]
NameOption = Annotated[
    str | None,
    typer.Option("--backup", metavar="NAME", help="Which backup: a name in DIR/backups. Default: the newest."),
]


def backup(to: ToOption, lake: LakeOption = None, verify: VerifyOption = False) -> None:
    """Back up the lake into a folder, while runs may write.

    Copies the files that no earlier backup in the folder holds: tables, landing files, settings, and the operational
    database where it is SQLite. Each call makes a backup that can be restored by itself.

    [bold]Examples[/bold]

    lacquer backup --to /mnt/backups/lake

    lacquer backup --to /mnt/backups/lake --verify
    """
    from lake.backup.manifest import BackupError
    from lake.backup.restoring import chosen_manifest, damaged
    from lake.backup.saving import back_up
    from lake.lakehouse import Lake

    with explained(ValueError, BackupError):
        store = Lake(chosen_lake(lake))
        done = back_up(store, to, _database(store.root))
        print(f"{done.manifest.stem}: {done.files:,} files, {done.copied:,} copied ({done.copied_bytes:,} bytes)")
        if verify:
            if wrong := damaged(to, chosen_manifest(to, done.manifest.stem)):
                fail("the backup is damaged; move its folder away and back up anew:\n  " + "\n  ".join(wrong))
            print("every stored file has its checksum")
    if current_settings().database:
        print("the operational database is on a server (LACQUER_DATABASE): back it up with the server's own tools")


def restore(from_: FromOption, lake: LakeOption = None, backup: NameOption = None) -> None:
    """Restore a lake from a backup into an empty folder.

    All checksums are compared first. Nothing is overwritten: a lake that is not empty is refused.

    [bold]Examples[/bold]

    lacquer restore --from /mnt/backups/lake --lake lakes/restored

    lacquer restore --from /mnt/backups/lake --backup 20260301T120000000000Z --lake lakes/restored
    """
    from lake.backup import restoring
    from lake.backup.manifest import BackupError
    from lake.lakehouse import Lake

    with explained(ValueError, BackupError, OSError):
        root = Lake(chosen_lake(lake)).root
        manifest = restoring.chosen_manifest(from_, backup)
        count = restoring.restore(from_, manifest, root, _database(root))
    print(f"{root}: {count:,} files as of {manifest.made_at}; lacquer check --lake {root} checks them")


def _database(root: Path) -> Path | None:
    """The operational SQLite database beside the lake; None where it is on a server."""
    from resources.database import default_address

    return None if current_settings().database else Path(default_address(root).removeprefix("sqlite:///"))
