"""The working copy of a lake in object storage, as the settings describe it."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from resources.lake_settings import LakeSettings

if TYPE_CHECKING:
    from lake.remote.working_copy import WorkingCopy


def working_copy(settings: LakeSettings, tell: Callable[[str], None]) -> "WorkingCopy":
    """The working copy of the lake whose address the settings have; nothing is asked yet.

    Args:
        settings: those of the installation, with an address.
        tell: is called with what people should know.

    Raises:
        RemoteError: the package for object storage is not installed.
    """
    from lake.remote.objects import Objects, RemoteError

    address = settings.lake_address
    assert address is not None
    if find_spec("obstore") is None:
        raise RemoteError(f"lake {address}: object storage needs the package obstore; make storage installs it")
    from lake.ingest.inbox.opening import Access, open_store
    from lake.remote.working_copy import WorkingCopy

    secret = settings.lake_secret.get_secret_value() if settings.lake_secret else None
    access = Access(settings.lake_endpoint, settings.lake_account, secret, settings.lake_region)
    return WorkingCopy(Objects(address, open_store(address, access)), settings.lake, tell)
