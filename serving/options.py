"""Options that several commands share, so that they read the same everywhere."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from resources.settings import Settings
    from resources.tenants import Tenant

LakeOption = Annotated[
    str | None,
    typer.Option("--lake", metavar="URI", help="Root folder of the lake. Default: LACQUER_LAKE, else lakes/PACK."),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of the public data sets. Default: LACQUER_DATA."),
]
PackOption = Annotated[
    str, typer.Option("--pack", metavar="NAME", help="Source pack: demo, or a real data set; see lacquer demo --list.")
]


def chosen_lake(lake: str | None, pack: str = "demo") -> str:
    """The lake that was asked for, else that of the settings, else the pack's own; a tenant has only its own.

    Of a lake in object storage it is the working copy, at the newest state.
    """
    tenant = current_tenant()
    if tenant is not None and lake is not None and Path(lake).resolve() != tenant.lake.resolve():
        from serving.failures import fail

        fail(f"--lake {lake}: tenant {tenant.name} works on {tenant.lake} only; leave --lake or --tenant out")
    from lake.roots import checked_root
    from resources.settings import PROJECT_ROOT
    from serving.failures import explained

    if lake is None:
        settings = current_settings()
        lake = str(settings.lake if "lake" in settings.model_fields_set else PROJECT_ROOT / "lakes" / pack)
        lake = settings.lake_address or lake
    folder = lake_folder(lake)
    with explained(ValueError):
        checked_root(folder)
    return folder


def lake_folder(lake: str) -> str:
    """The lake as it was given, or of one in object storage the working copy, at the newest state."""
    from lake.ingest.inbox.address import SCHEMES, scheme_of

    if scheme_of(lake) not in SCHEMES:
        return lake
    from serving.remote_lakes import open_in_command

    settings = current_settings(lake=lake)
    open_in_command(settings)
    return str(settings.lake)


def make_folder(root: Path) -> None:
    """Make the lake's folder where it is not there; a place that cannot be written ends the command."""
    from tempfile import TemporaryFile

    from serving.failures import fail

    try:
        root.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=root):
            pass
    except OSError as error:
        fail(f"lake {root}: {error}; name a folder that can be written with --lake")


def chosen_data(data: Path | None) -> Path | None:
    """The data folder that was asked for, else that of the settings."""
    if data is not None:
        return data
    return current_settings().data


def current_tenant() -> "Tenant | None":
    """The tenant that this command works for; a name without a tenant ends it."""
    from resources.tenants import TenantError, chosen_tenant
    from serving.failures import explained

    with explained(TenantError):
        return chosen_tenant()


def current_settings(**given: Any) -> "Settings":
    """The settings of this installation; a wrong one ends the command with its name and what is wrong with it."""
    from pydantic import ValidationError

    from resources.settings import Settings
    from serving.failures import fail

    current_tenant()
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = [f"LACQUER_{'_'.join(map(str, one['loc'])).upper()}: {one['msg'].lower()}" for one in error.errors()]
        fail(f"{'; '.join(wrong)}; .env.example says what each setting means")


def command() -> str:
    """How the command is called from here: by its name where the environment is activated."""
    if shutil.which("lacquer"):
        return "lacquer"
    from resources.settings import PROJECT_ROOT

    return os.path.relpath(PROJECT_ROOT / ".venv" / "bin" / "lacquer", Path.cwd())
