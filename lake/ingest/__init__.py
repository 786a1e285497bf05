"""From the sources into bronze: landed files, pulls from a database, the audio inbox, parsers of envelopes, replay.

Bronze is append only. What becomes of its rows is decided in `lake/silver`.
"""
