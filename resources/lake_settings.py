"""Settings of where the lake is: a folder, or object storage with a working copy on this machine."""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, ModelWrapValidatorHandler, PrivateAttr, SecretStr, model_validator
from pydantic_settings import BaseSettings

from lake.ingest.inbox.address import SCHEMES, scheme_of
from lake.remote.place import copy_root
from resources.setting_paths import PROJECT_ROOT, PathFromCheckout, from_checkout

COPIES = PROJECT_ROOT / ".cache" / "lakes"


class LakeSettings(BaseSettings):
    """Where the lake is. `lake` is always a folder: that of the working copy, where `lake_address` is not None."""

    lake: PathFromCheckout = Field(
        PROJECT_ROOT / "lakes" / "demo", description="root folder of the lake, or its address in object storage"
    )
    lake_copies: PathFromCheckout = Field(COPIES, description="folder of the working copies of lakes in object storage")
    lake_wait_s: float = Field(
        3600, ge=0, description="seconds to wait while another machine works on a lake in object storage"
    )
    lake_endpoint: str | None = Field(
        None, pattern=r"^https?://[^\s@]+$", description="address of that object storage; default: the cloud's"
    )
    lake_account: str | None = Field(
        None,
        min_length=1,
        description="its access key id of S3, or storage account of Azure; default: what AWS_*, AZURE_* say",
    )
    lake_secret: SecretStr | None = Field(
        None, min_length=1, description="its secret access key of S3, or account key of Azure"
    )
    lake_region: str | None = Field(None, min_length=1, description="its region of S3")

    _address: str | None = PrivateAttr(None)

    @property
    def lake_address(self) -> str | None:
        """The address in object storage that the lake was given by; None of a folder."""
        return self._address

    @model_validator(mode="wrap")
    @classmethod
    def _working_copy(cls, values: dict[str, Any], build: ModelWrapValidatorHandler[Self]) -> Self:
        """An address in the place of the lake's folder becomes the folder of its working copy."""
        address = str(values.get("lake", "")).rstrip("/")
        scheme = scheme_of(address)
        if scheme is None or scheme == "file":
            return build(values)
        if scheme not in SCHEMES:
            raise ValueError(f"no lake can be at {scheme}://; give a path, or an address with {', '.join(SCHEMES)}")
        copies = from_checkout(Path(values.get("lake_copies") or COPIES))
        built = build({**values, "lake": copy_root(address, copies)})
        built._address = address
        return built
