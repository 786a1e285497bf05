"""Approved assets go to the PIM, each once: its file is uploaded, then the state `published` is noted.

A process that dies between the two leaves a file of a name that only this asset has; the next publishing finds it.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lake.delta.storage import only_one
from lake.journals.generation import APPROVED, PUBLISHED, Standing, StateError, note_state, read_standings
from resources.generation.deciding import asset_of
from resources.generation.tables import publish_tables
from resources.pim.assets import AssetFile, AssetStore, AssetType
from resources.pim.graphql import PimError
from resources.web.errors import UnavailableError, WebError

if TYPE_CHECKING:
    from lake.lakehouse import Lake

TYPES: dict[str, AssetType] = {"stem": "audio", "text": "text", "picture": "image"}


class NotAsApprovedError(RuntimeError):
    """The file is not the one that was approved."""


@dataclass
class Delivered:
    """What a publishing did: the ids of published assets, and what went wrong with others."""

    published: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def publish_assets(
    lake: "Lake",
    store: AssetStore,
    who: str,
    only: Collection[str] | None = None,
    tell: Callable[[Standing], None] = lambda asset: None,
) -> Delivered:
    """Publish approved assets; a fault of one leaves it approved, and the next publishing tries it again.

    Args:
        lake: the lake.
        store: the PIM, or the folder in its place.
        who: says so.
        only: ids of the assets; None: all that are approved.
        tell: called with each asset that is published.

    Raises:
        LookupError: an asset of `only` does not exist.
        StateError: an asset of `only` is not approved, or nobody is named.
    """
    if not who.strip():
        raise StateError("publishing needs who says so")
    done = Delivered()
    with only_one(lake.root, "asset-publishing"):
        waiting = _approved(lake, only)
        for number, one in enumerate(waiting):
            try:
                tell(_publish(lake, store, one, who.strip()))
                done.published.append(one.id)
            except UnavailableError as error:
                done.faults.append(f"asset {one.id}: {error}")
                if rest := len(waiting) - number - 1:
                    done.faults.append(f"{rest} more assets were not begun")
                break
            except (WebError, PimError, OSError, NotAsApprovedError, StateError) as error:
                done.faults.append(f"asset {one.id}: {error}")
        if done.published:
            publish_tables(lake)
    return done


def _approved(lake: "Lake", only: Collection[str] | None) -> list[Standing]:
    if only is None:
        return [one for one in read_standings(lake).values() if one.subject == "asset" and one.state == APPROVED]
    chosen = [asset_of(lake, asset_id) for asset_id in dict.fromkeys(only)]
    for one in chosen:
        if one.state != APPROVED:
            raise StateError(f"asset {one.id} is {one.state}; only an approved one can be published")
    return chosen


def _publish(lake: "Lake", store: AssetStore, one: Standing, who: str) -> Standing:
    stored = store.put(file_of(lake, one))
    why = f"{'found in place' if stored.was_there else 'stored'} at {stored.path}"
    details = {"pim_id": stored.id, "pim_path": stored.path}
    try:
        return note_state(lake, "asset", one.id, PUBLISHED, who, why, details=details, after=one.number)
    except StateError as error:
        raise StateError(f"{error}; its file is at {stored.path}, delete it there if it must not be used") from error


def file_of(lake: "Lake", one: Standing) -> AssetFile:
    """The file of an asset as it was approved.

    Raises:
        NotAsApprovedError: the file has changed since.
        OSError: it cannot be read.
    """
    details = one.details
    path = details.get("path")
    body = str(details["content"]).encode() if path is None else (lake.root / path).read_bytes()
    if hashlib.sha256(body).hexdigest() != details["sha256"]:
        raise NotAsApprovedError(f"{path or 'its text'} is not what was approved (SHA-256 differs); reject the asset")
    suffix = ".txt" if path is None else Path(path).suffix
    name = "-".join(filter(None, (one.id, details["name"], details.get("language"))))
    return AssetFile(details.get("release_id") or "no-release", f"{name}{suffix}", TYPES[details["kind"]], body)
