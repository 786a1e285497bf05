"""Tags that people put on releases: words of the house's own, such as "spring list", to filter and report by.

A tag belongs to the house and not to the person who put it. Whoever sees a release sees its tags. A tag that is taken
off leaves the table; its older versions and the audit log still tell of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.journal import Row

if TYPE_CHECKING:
    from lake.lakehouse import Lake

RELEASE_TAGS = Contract(
    name="release_tags",
    layer="gold",
    grain="one row per release and tag",
    key=("release_id", "tag"),
    columns=(
        Column("release_id", "string", "the release"),
        Column("tag", "string", "the tag, in lower case"),
        Column("tagged_by", "string", "who put it there"),
        Column("tagged_at", "timestamp", "moment it was put there"),
    ),
)
KEY = f"{RELEASE_TAGS.layer}/{RELEASE_TAGS.name}"


def plain_tag(tag: str) -> str:
    """The tag as it is kept: lower case, single spaces."""
    return " ".join(tag.lower().split())


def add_tag(lake: Lake, tag: str, releases: Collection[str], by: str) -> int:
    """Put a tag on releases, once each; the version that holds it."""
    now = dt.datetime.now(dt.UTC)
    rows = [{"release_id": one, "tag": tag, "tagged_by": by, "tagged_at": now} for one in sorted(set(releases))]
    return lake.journal(RELEASE_TAGS).note_new(rows)


def remove_tag(lake: Lake, tag: str, releases: Collection[str]) -> int:
    """Take a tag off releases; the version without it."""

    def kept(rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["tag"] != tag or row["release_id"] not in releases]

    return lake.journal(RELEASE_TAGS).revise(kept)
