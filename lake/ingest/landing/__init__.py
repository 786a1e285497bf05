"""The landing folder: what lies in it, and what of it is known.

``file`` is one landed file and its records, which ``blocks`` cuts out of its bytes; ``extracts`` are the files that are
no JSON lines, ``listing`` says which of either there are, ``ledger`` which have been read, and ``writing`` lands a file
whole or not at all. What is taken in from it, and through which door, is :mod:`lake.ingest.bronze`'s.
"""
