"""What the tracks of releases sound like, where audio was analysed."""

from serving.queries.reader import Reader, Row

ANALYSES = "silver.audio_analyses"
_HIDDEN = ("embedding", "page", "settings", "jams", "file_id")


def analyses(
    reader: Reader, *, release_id: str | None = None, track_id: str | None = None, limit: int = 100
) -> list[Row]:
    """Analyses with the title and release of their track, by release and place on it."""
    if not reader.has(ANALYSES, "silver.tracks"):
        return []
    hidden = ", ".join(one for one in _HIDDEN if one in reader.columns[ANALYSES])
    return reader.rows(
        f"select a.* exclude ({hidden}), t.title, t.release_id, t.position from {ANALYSES} a "
        "left join silver.tracks t using (track_id) "
        "where ($release::varchar is null or t.release_id = $release) "
        "and ($track::varchar is null or a.track_id = $track) "
        "order by t.release_id, t.position nulls last, a.track_id limit $most",
        {"release": release_id, "track": track_id, "most": limit},
    )


def sections_of(reader: Reader, track_id: str) -> list[Row]:
    """The sections of a track in time."""
    if not reader.has("silver.sections"):
        return []
    return reader.rows("select * from silver.sections where track_id = ? order by start_s", [track_id])


def files_of(reader: Reader, track_id: str) -> tuple[str, str] | None:
    """The id of the file that was analysed, and the path of its JAMS below the lake; None without an analysis."""
    if not reader.has(ANALYSES):
        return None
    row = reader.one(f"select file_id, jams from {ANALYSES} where track_id = ?", [track_id])
    return (str(row["file_id"]), str(row["jams"])) if row else None
