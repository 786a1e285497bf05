"""Search the catalogue by what people type: titles, artists, labels, numbers, EANs, moods, with typing errors.

`words` ranks by BM25 (SQLite FTS5: whole words, and groups of three letters for misspelt ones) and finds numbers.
`vectors` ranks by the sentence model where it is installed and its vectors were made. `find` joins the rankings.
Everything is read through a reader, so a search shows one published state and nothing outside the reader's scope.
"""
