"""The lake that commands about generated assets work in."""

from pathlib import Path
from typing import TYPE_CHECKING

from serving.failures import explained, fail
from serving.options import chosen_lake

if TYPE_CHECKING:
    from lake.lakehouse import Lake


def store_of(lake: str | None) -> "Lake":
    """The lake of a command, with something published in it."""
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not Path(store.root).is_dir() or not store.published():
        fail(f"nothing is published in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    return store
