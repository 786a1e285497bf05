"""Records that no source should send, each with what has to become of it; made by a seed, judged by hand.

:mod:`tests.hostile.values` says what a value becomes in a column, :mod:`tests.hostile.lines` what is done to whole
lines, :mod:`tests.hostile.records` puts them into the documents of the four streams. Nothing here knows the core.
"""
