"""The audio inbox: a place that people put files into, looked at from outside.

:mod:`lake.inbox.place` says what a place must offer; :mod:`lake.inbox.folder` and :mod:`lake.inbox.bucket` are the two
that there are, and :mod:`lake.inbox.opening` finds the one that an address names. What is registered of the files, and
when, is :mod:`lake.inbox.registration`; :mod:`lake.inbox.audio_files` are their rows, and what became of each. Hearing
them is `audio`.

A third kind of place is one more module with the methods of `Inbox` and one more branch in `open_inbox`.
"""
