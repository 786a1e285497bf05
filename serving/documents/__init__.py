"""The documentation as something that can be asked: sections of docs/, rows of the data dictionary, model cards.

Questions are in English or German, quotes in English. `sections` reads them, `index` ranks them by BM25 in SQLite's
FTS5, `questions` says which questions they answer, `german` knows German words. An answer quotes a section with its
path and heading and adds nothing; what a section tells to do is never done.
"""
