"""Vectors of releases: what a sentence model makes of a short text about each, so that a search finds by meaning.

A text is embedded once. A release whose title, artist, genre, format or mood changed has another text and gets another
vector; all others keep theirs.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ml.search.moods import moods, shared_moods

if TYPE_CHECKING:
    import polars as pl

    from ml.search.sentence_model import Vectors

BATCH = 256  # texts between two notes of progress
Earlier = Mapping[str, Sequence[float]]


class Encoder(Protocol):
    """What makes vectors; its `repr` names it, the same for the same weights."""

    def encode(self, texts: Sequence[str]) -> "Vectors":
        """One row of length one for each text."""


def release_text(
    title: str | None, artist_name: str | None, genre: str | None, form: str | None, mood: str | None
) -> str:
    """What the sentence model reads of a release.

    >>> release_text("Night Ferry", "Gilded Dials", "jazz", None, "slow, minor")
    'Night Ferry, by Gilded Dials, jazz, slow, minor music'
    """
    parts = [title, f"by {artist_name}" if artist_name else None, genre, form, f"{mood} music" if mood else None]
    return ", ".join(part for part in parts if part)


def embed_releases(
    releases: "pl.DataFrame", tracks: "pl.DataFrame", *, model: Encoder | None, earlier: Callable[[], Earlier]
) -> "pl.DataFrame | None":
    """[release_id, text, model, embedding], one row per release with a text; None without a model.

    Args:
        releases: [release_id, title, artist_name, genre, format].
        tracks: [release_id, bpm, musical_key, loudness, range], loudness in LUFS and its range in LU.
        model: what embeds.
        earlier: gives the vectors of this model that are there already, by their text.
    """
    import polars as pl

    if model is None:
        return None
    felt: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for key, *heard in tracks.select("release_id", "bpm", "musical_key", "loudness", "range").iter_rows():
        felt[key].append(moods(*heard))
    texts = {
        key: release_text(title, artist, genre, form, ", ".join(shared_moods(felt.get(key, []))))
        for key, title, artist, genre, form in releases.select(
            "release_id", "title", "artist_name", "genre", "format"
        ).iter_rows()
    }
    vectors: dict[str, Sequence[float]] = dict(earlier())
    missing = sorted({text for text in texts.values() if text and text not in vectors})
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        vectors |= dict(zip(part, model.encode(part).tolist(), strict=True))
    rows = [(key, text, repr(model), vectors[text]) for key, text in texts.items() if text]
    return pl.DataFrame(
        rows,
        {"release_id": pl.String, "text": pl.String, "model": pl.String, "embedding": pl.List(pl.Float64)},
        orient="row",
    )
