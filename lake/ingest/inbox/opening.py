"""From an address to the inbox that stands there, and what object storage wants to know before it lets us in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.ingest.inbox.address import S3, scheme_of
from lake.ingest.inbox.bucket import Bucket
from lake.ingest.inbox.folder import Folder

if TYPE_CHECKING:
    from obstore.store import AzureStore, ClientConfig, RetryConfig, S3Store

    from lake.ingest.inbox.place import Inbox

ATTEMPTS, GIVEN_UP_S = 4, 60


@dataclass(frozen=True)
class Access:
    """How object storage is reached; what is None, the environment says (`AWS_*`, `AZURE_*`), or the machine's role.

    Attributes:
        endpoint: address of the service, where it is not that of Amazon or of the Azure account.
        account: access key id of S3; storage account of Azure.
        secret: secret access key of S3; account key of Azure.
        region: of S3.
    """

    endpoint: str | None = None
    account: str | None = None
    secret: str | None = field(default=None, repr=False)
    region: str | None = None


def open_inbox(address: str, access: Access, cache: Path) -> Inbox:
    """The inbox at an address; nothing is asked yet.

    Args:
        address: a path or an address of object storage.
        access: how that is reached.
        cache: the folder that objects are fetched to.
    """
    scheme = scheme_of(address)
    if scheme is None:
        return Folder(Path(address))
    return Bucket(address, open_store(address, access), cache, _asked(access))


def open_store(address: str, access: Access) -> S3Store | AzureStore:
    """The connection to an address of object storage; nothing is asked yet."""
    from obstore.store import AzureStore, S3Store

    scheme = scheme_of(address)

    client: ClientConfig = {
        "allow_http": (access.endpoint or "").startswith("http://"),
        "connect_timeout": "5s",
        "read_timeout": "30s",
        "timeout": "1h",  # of a whole object, however large
    }
    retries: RetryConfig = {"max_retries": ATTEMPTS - 1, "retry_timeout": timedelta(seconds=GIVEN_UP_S)}
    names = ("access_key_id", "secret_access_key") if scheme in S3 else ("account_name", "account_key")
    said = {"endpoint": access.endpoint, names[0]: access.account, names[1]: access.secret}
    if scheme in S3:
        said["region"] = access.region
    config: Any = {key: value for key, value in said.items() if value is not None}
    kind = S3Store if scheme in S3 else AzureStore
    return kind.from_url(address, config=config, client_options=client, retry_config=retries)


def _asked(access: Access) -> str:
    return f"asked {access.endpoint or 'its own endpoint'} up to {ATTEMPTS} times within {GIVEN_UP_S} s"
