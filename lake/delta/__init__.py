"""Delta tables: the log, commits that are retried, sessions that pin versions, views of a version, locks, journals.

Everything above reads and writes tables through this package. It knows contracts and nothing of layers.
"""
