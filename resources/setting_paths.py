"""Paths in settings: relative ones count from the checkout, and an inbox may be object storage."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from lake.ingest.inbox.address import SCHEMES, scheme_of

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def from_checkout(path: Path) -> Path:
    """The path, absolute: a relative one counts from the checkout, whichever folder the process was started in."""
    return (PROJECT_ROOT / path.expanduser()).resolve()


def data_beside_checkout() -> Path | None:
    """The folder of public data sets that lies beside a checkout; None where there is none."""
    beside = from_checkout(Path("../shared/data"))
    return beside if beside.is_dir() else None


def inbox_address(value: object) -> object:
    """The address of an inbox: that of object storage as it is, a path as one from the checkout."""
    if not isinstance(value, str | Path) or not str(value):
        return value
    scheme = scheme_of(str(value))
    if scheme is None:
        return str(from_checkout(Path(value)))
    if scheme not in SCHEMES:
        raise ValueError(f"no inbox can be at {scheme}://; give a path, or an address with {', '.join(SCHEMES)}")
    return value


PathFromCheckout = Annotated[Path, AfterValidator(from_checkout)]
InboxAddress = Annotated[str | None, BeforeValidator(inbox_address)]
