"""What the music sounds like, as tables: one file per table, and the step that fills them all.

A Dagster partition is a track; one run takes many. Hearing itself is in ``audio``, which files there are and what
became of each in ``assets.bronze.audio_files``. To add a column, tell it in ``audio.rows``; a table, write its contract
and name it in ``tables``.
"""
