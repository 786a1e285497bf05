"""When two names are the same, and the numbers that follow from it.

Names are compared without case, accents, punctuation, what stands in brackets and a leading "the"; `&` is "and". That
is all: no spelling is guessed. A number is the hash of the name it stands for, so it is the same in every set, every
year and every lake.
"""

from __future__ import annotations

import duckdb

# What is printed where there is no label.
NO_LABEL = ("none", "not on label", "self released", "unknown")

_MACROS = (
    # Titles of songs keep their brackets: "(Remix)" is another recording.
    r"""
    create macro words(name) as trim(regexp_replace(trim(regexp_replace(
        strip_accents(lower(replace(name, '&', ' and '))), '[^\p{L}\p{N}]+', ' ', 'g'
    )), '^the ', ''))
    """,
    # "!!!" and its like have nothing but punctuation: they are compared as they stand.
    """
    create macro song_key(name) as coalesce(nullif(words(name), ''), nullif(trim(lower(name)), ''))
    """,
    r"""
    create macro name_key(name) as coalesce(
        nullif(words(regexp_replace(name, '\([^)]*\)|\[[^\]]*\]', ' ', 'g')), ''), song_key(name)
    )
    """,
    "create macro number_of(letter, key) as letter || left(md5(key), 14)",
)


def define_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros `name_key` (artists, labels, releases), `song_key` (titles of songs) and `number_of`."""
    for macro in _MACROS:
        connection.execute(macro)
