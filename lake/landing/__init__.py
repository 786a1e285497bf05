"""The landing folder: what lies in it, and what of it is known.

``file`` is one landed file and its records, ``listing`` says which there are, ``ledger`` which have been read, and
``writing`` lands a file whole or not at all. What is taken in from it, and through which door, is :mod:`lake.bronze`'s.
"""
