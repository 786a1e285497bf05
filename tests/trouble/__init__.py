"""Worlds of trouble: a small database that changes, the awkward ways its changes land, and what must come of them.

``logs`` numbers changes as a connector does, ``changes`` lets a database change and lands its log, ``extracts`` lands
files of a table. Each world comes from a seed, and its truth is the database itself, which knows nothing of positions.
"""
