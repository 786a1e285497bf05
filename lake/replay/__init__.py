"""Judging again what was refused, after what refused it was mended.

``silver`` takes in the dead letters of a silver table that now pass, ``door`` those of a door of bronze; ``rehearsal``
reads a whole silver table again and writes nothing. What a dead letter is, and how one is kept, is
:mod:`lake.dead_letters`; why there are any, :mod:`lake.reasons`. Both stand below silver, these above it.
"""
