"""Taking a mix apart into stems, as FLAC files of the mix's own time base.

Here live the interface (`separator`), Demucs behind it (`demucs_models`), which weights are trusted (`weights`), and
the way from a file to its stems in bounded memory (`windows`, `mix`, `stems`). Not here: which files are separated, and
in which process (`audio.pool`); nothing is ever fetched from a network.

To add a backend: a class that satisfies `Separator`, and its line in `demucs_models.load`'s place in `audio.worker`.
"""
