"""The mood of releases: what their tracks are like, their tags, and their approved texts."""

from collections import defaultdict

from ml.search.moods import WORDS, moods, shared_moods
from serving.queries.reader import Reader, Row

MOST_LETTERS = 2_000  # of a release's texts
_HEARD = {"bpm": "bpm", "musical_key": "musical_key", "loudness": "integrated_lufs", "range": "loudness_range_lu"}
_KNOWN = "state in ('approved', 'published') and kind = 'text' and content is not null and release_id is not null"


def moods_of(reader: Reader) -> dict[str, tuple[str, str]]:
    """By release what it is like in a few words, and all words by which it may be looked for.

    What was heard in the audio goes before what the product information system says. A release is like what at least
    half of its tracks are like.
    """
    tracks: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in _tracks(reader):
        tracks[row["release_id"]].append(moods(row["bpm"], row["musical_key"], row["loudness"], row["range"]))
    texts = _texts(reader)
    found = {}
    for key in tracks.keys() | texts.keys():
        like = shared_moods(tracks.get(key, []))
        told = " ".join(WORDS[name] for name in like)
        found[key] = (", ".join(like), f"{told} {texts.get(key, '')}".strip())
    return found


def _tracks(reader: Reader) -> list[Row]:
    if not reader.has("silver.tracks"):
        return []
    stated = reader.columns["silver.tracks"]
    heard = reader.columns.get("silver.audio_analyses", {})
    columns = []
    for name, column in _HEARD.items():
        parts = [f"a.{column}"] if column in heard else []
        parts += [f"t.{column}"] if column in stated else []
        columns.append(f"coalesce({', '.join([*parts, 'null'])}) as {name}")
    joined = "left join silver.audio_analyses a using (track_id)" if heard else ""
    return reader.rows(
        f"select t.release_id, {', '.join(columns)} from silver.tracks t {joined} "
        "where t.release_id is not null order by t.release_id, t.track_id"
    )


def _texts(reader: Reader) -> dict[str, str]:
    """The tags and the approved texts of each release."""
    parts = []
    if reader.has("gold.release_tags"):
        parts.append("select release_id, tag as words from gold.release_tags")
    if reader.has("gold.generated_assets"):
        parts.append(f"select release_id, content as words from gold.generated_assets where {_KNOWN}")
    if not parts:
        return {}
    rows = reader.rows(
        f"select release_id, string_agg(words, ' ' order by words) as words from ({' union all '.join(parts)}) "
        "group by release_id"
    )
    return {row["release_id"]: row["words"][:MOST_LETTERS] for row in rows}
