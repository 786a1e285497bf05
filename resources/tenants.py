"""Tenants: several installations beside each other, each with its own lake, keys, Dagster home, database and brand.

A tenant is a folder below `tenants/` (`LACQUER_TENANTS` names another). Its `settings.env` is all that it has for
settings: neither the environment nor the `.env` of the checkout reaches it, so that no tenant gets another's database,
keys or sources by accident.
"""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
CHOSEN = "LACQUER_TENANT"
FOLDER = "LACQUER_TENANTS"
_CHECKOUT = Path(__file__).resolve().parent.parent


class TenantError(ValueError):
    """The tenant cannot be made or found; the message says why and what to do."""


@dataclass(frozen=True)
class Tenant:
    """One tenant's folder and what lies in it."""

    name: str
    folder: Path

    @property
    def settings_file(self) -> Path:
        """Its settings, readable for the owner only: it holds keys."""
        return self.folder / "settings.env"

    @property
    def lake(self) -> Path:
        """The root of its lake."""
        return self.folder / "lake"

    @property
    def dagster_home(self) -> Path:
        """Its Dagster instance, so that runs, events and partitions of tenants never meet."""
        return self.folder / "dagster"

    @property
    def workspace(self) -> Path:
        """The Dagster workspace with its code location."""
        return self.folder / "workspace.yaml"


def tenants_folder() -> Path:
    """The folder of all tenants."""
    return Path(os.environ.get(FOLDER) or _CHECKOUT / "tenants").absolute()


def find_tenant(name: str) -> Tenant:
    """The tenant of a name.

    Raises:
        TenantError: the name cannot be one, or there is no such tenant.
    """
    if not NAME.fullmatch(name):
        raise TenantError(f"tenant {name!r}: a name has 2 to 31 small letters, digits and hyphens, a letter first")
    tenant = Tenant(name, tenants_folder() / name)
    if not tenant.settings_file.is_file():
        raise TenantError(f"no tenant {name} in {tenants_folder()}: make it with lacquer tenants add {name}")
    return tenant


def chosen_tenant() -> Tenant | None:
    """The tenant that this process works for: that of `LACQUER_TENANT`; none in an installation of its own."""
    name = os.environ.get(CHOSEN)
    return find_tenant(name) if name else None


def all_tenants() -> list[Tenant]:
    """Every tenant, by name."""
    folder = tenants_folder()
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Tenant(one.name, one) for one in found if NAME.fullmatch(one.name) and (one / "settings.env").is_file()]


def add_tenant(name: str, title: str, colour: str, public_url: str) -> Tenant:
    """Make a tenant: settings with keys of its own, an empty lake, a Dagster home and a code location.

    Args:
        name: of its folder and code location.
        title: what the dashboard is called for its users.
        colour: of the dashboard, as `#0b6464`.
        public_url: address that its browsers use; the server tells tenants apart by it.

    Raises:
        TenantError: a value cannot be one, the tenant exists, or another one has the address.
    """
    if not NAME.fullmatch(name):
        raise TenantError(f"tenant {name!r}: a name has 2 to 31 small letters, digits and hyphens, a letter first")
    if not COLOUR.fullmatch(colour):
        raise TenantError(f"colour {colour!r}: give six hexadecimal digits, as #0b6464")
    if not re.fullmatch(r"https?://[^\s/\"'$]+", public_url):
        raise TenantError(f"address {public_url!r}: give scheme and host without a path, as https://acme.example")
    if not title.strip() or re.search(r"[\x00-\x1f\"'$\\]", title):
        raise TenantError(f"title {title!r}: give a name without quotes, $ and backslashes")
    for other in all_tenants():
        if other.name == name:
            raise TenantError(f"tenant {name} exists in {other.folder}")
        if f"LACQUER_PUBLIC_URL={public_url}\n" in other.settings_file.read_text():
            raise TenantError(f"{public_url} is the address of tenant {other.name}; give each its own host or port")
    tenant = Tenant(name, tenants_folder() / name)
    tenant.lake.mkdir(parents=True, exist_ok=True)
    tenant.dagster_home.mkdir(exist_ok=True)
    tenant.folder.chmod(0o700)
    instance = tenant.dagster_home / "dagster.yaml"
    if not instance.exists():
        instance.symlink_to(_CHECKOUT / "dagster.yaml")
    tenant.workspace.write_text(
        "load_from:\n  - python_module:\n      module_name: definitions\n"
        f"      working_directory: {_CHECKOUT}\n      location_name: {name}\n"
    )
    _write_settings(tenant, title.strip(), colour, public_url)
    return tenant


def _write_settings(tenant: Tenant, title: str, colour: str, public_url: str) -> None:
    """Write the settings last: with them the tenant exists."""
    lines = [
        f"# Settings of tenant {tenant.name}. Nothing else reaches it; .env.example explains what may stand here.",
        f"LACQUER_LAKE={tenant.lake}",
        f"LACQUER_SECRET_KEY={secrets.token_hex(32)}",
        f"LACQUER_PSEUDONYM_KEY={secrets.token_hex(32)}",
        f"LACQUER_PUBLIC_URL={public_url}",
        f'LACQUER_BRAND_NAME="{title}"',
        f'LACQUER_BRAND_COLOUR="{colour}"',
    ]
    file = os.open(tenant.settings_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(file, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


def named_values() -> dict[str, str]:
    """Values that files of sources and channels may name: the environment over `.env`; for a tenant its own file."""
    from dotenv import dotenv_values

    tenant = chosen_tenant()
    file = tenant.settings_file if tenant else _CHECKOUT / ".env"
    beside = {name: value for name, value in dotenv_values(file).items() if value}
    return beside if tenant else beside | dict(os.environ)
