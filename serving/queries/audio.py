"""What the tracks of releases sound like, where audio was analysed."""

from serving.queries.reader import Reader, Row

ANALYSES = "silver.audio_analyses"
_COMPARED = {"embedding", "analyser_version"}
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


def sounds_like(
    reader: Reader, *, track_id: str | None = None, release_id: str | None = None, limit: int = 10
) -> list[Row]:
    """The tracks that sound most like a track, or like any track of a release, without its own.

    `likeness` is the product of the audio embeddings, 1 for the same sound. Analyses of other versions of the analyser
    are left out, since their embeddings cannot be compared.
    """
    if not reader.has(ANALYSES, "silver.tracks") or not reader.columns[ANALYSES].keys() >= _COMPARED:
        return []
    title, artist, joined = "null::varchar", "null::varchar", ""
    if reader.has("gold.dim_release"):
        title, artist, joined = (
            "r.title",
            "r.artist_name",
            "left join gold.dim_release r on r.release_id = h.release_id",
        )
    return reader.rows(
        f"""
        with heard as (
          select a.track_id, a.embedding, a.analyser_version, t.title, t.release_id
          from {ANALYSES} a left join silver.tracks t using (track_id)
        ),
        own as (from heard where track_id = $track or release_id = $release)
        select h.track_id, h.title, h.release_id, {title} as release_title, {artist} as artist_name,
          max(list_dot_product(h.embedding, o.embedding)) as likeness,
          arg_max(o.track_id, list_dot_product(h.embedding, o.embedding)) as sounds_like
        from heard h join own o
          on h.analyser_version = o.analyser_version and len(h.embedding) = len(o.embedding) {joined}
        where h.track_id not in (select track_id from own)
        group by all order by likeness desc, h.track_id limit $most
        """,
        {"track": track_id, "release": release_id, "most": limit},
    )
