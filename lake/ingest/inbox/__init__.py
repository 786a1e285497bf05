"""The audio inbox: a folder, bucket or container that people put files into.

``place`` defines what a place must offer; ``folder`` and ``bucket`` implement it, and ``opening`` chooses one by its
address. ``registration`` decides what is registered and when; ``audio_files`` are the rows. `audio` analyses the files.

A third kind of place is one more module with the methods of `Inbox` and one more branch in `open_inbox`.
"""
