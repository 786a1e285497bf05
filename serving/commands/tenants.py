"""`lacquer tenants`: add a tenant, list them."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained

if TYPE_CHECKING:
    from resources.tenants import Tenant

tenants = typer.Typer(
    help="""Several installations beside each other: each with its own lake, keys, Dagster home, database and brand.

    [bold]Examples[/bold]

    lacquer tenants add acme --title "Acme Music" --colour "#7a1f5c" --url https://acme.example

    lacquer --tenant acme run

    lacquer serve --tenants
    """,
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="2 to 31 small letters, digits and hyphens.")]
TitleOption = Annotated[str | None, typer.Option(metavar="TEXT", help="What its dashboard is called. Default: NAME.")]
ColourOption = Annotated[str, typer.Option("--colour", metavar="#RRGGBB", help="Colour of its links and buttons.")]
UrlOption = Annotated[
    str | None, typer.Option(metavar="URL", help="Address of its browsers. Default: http://NAME.localhost:8000.")
]


@tenants.command()
def add(name: NameArgument, title: TitleOption = None, colour: ColourOption = "#0b6464", url: UrlOption = None) -> None:
    """Make a tenant: its lake, keys, Dagster home with a code location, brand, and an API key, printed once.

    Its settings stand in tenants/NAME/settings.env, and nothing else reaches it: neither the environment nor .env.

    [bold]Examples[/bold]

    lacquer tenants add acme --title "Acme Music" --url https://acme.example
    """
    from resources.tenants import TenantError, add_tenant

    with explained(TenantError, OSError):
        tenant = add_tenant(name, title or name, colour, url or f"http://{name}.localhost:8000")
    print(f"settings      {tenant.settings_file}")
    print(f"lake          {tenant.lake}")
    print(f"code location {tenant.workspace} (make ui TENANT={name})")
    if find_spec("fastapi") is None:
        print("API key       none yet: make serve-tools, then lacquer --tenant", name, 'keys "first key" --may admin')
    else:
        print(f"API key       {_first_key(tenant)}")


@tenants.command("list")
def list_tenants() -> None:
    """List the tenants, with what each has published.

    [bold]Examples[/bold]

    lacquer tenants list
    """
    from lake.lakehouse import Lake
    from resources.tenants import all_tenants

    for tenant in all_tenants():
        print(f"{tenant.name}: {len(Lake(tenant.lake).published()):,} tables published in {tenant.lake}")


def _first_key(tenant: "Tenant") -> str:
    """A key of the tenant that may do everything within it."""
    from resources.database import Database
    from serving.accounts.identity import PERMISSIONS
    from serving.accounts.keys import create_key
    from serving.accounts.secrets import TokenHasher
    from serving.accounts.tables import metadata
    from serving.tenancy import settings_of

    settings = settings_of(tenant)
    database = Database.from_settings(settings, metadata())
    try:
        secret = settings.secret_key.get_secret_value() if settings.secret_key else None
        hasher = TokenHasher.of(database, secret)
        return create_key(database, hasher, "first key", list(PERMISSIONS), None, "lacquer tenants add")[1]
    finally:
        database.close()
