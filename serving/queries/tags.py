"""Tags of releases, as a reader sees them."""

from serving.queries.reader import Reader

TAGS = "gold.release_tags"


def tags_of(reader: Reader, release_id: str) -> list[str]:
    """The tags of a release, by name."""
    if not reader.has(TAGS):
        return []
    rows = reader.rows(f"select tag from {TAGS} where release_id = $release order by tag", {"release": release_id})
    return [row["tag"] for row in rows]


def all_tags(reader: Reader) -> dict[str, int]:
    """Every tag with the number of releases that have it, by name."""
    if not reader.has(TAGS):
        return {}
    rows = reader.rows(f"select tag, count(*)::bigint as releases from {TAGS} group by tag order by tag")
    return {row["tag"]: row["releases"] for row in rows}
