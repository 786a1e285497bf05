"""What files sound like: decoding, guarding, tempo, beats, metre, key, chords, sections, loudness, JAMS.

Here lives the hearing, pure: arrays and plain values in, arrays and plain values out. Not here: Dagster, the lake,
the command line. Decoding happens once (`decode`), everything downstream shares that time base; the features are taken
while the file streams by (`features`), so that memory grows with what is kept of a song and not with the song. The
dangerous part runs in child processes that can be killed (`pool`).

To add an aspect: a module with a function over `Features` that returns values with a calibrated confidence (or says
that it cannot tell), its line in `analysis`, its place in `jams_file`, its metric in `evaluate`, its row in
`lacquer bench audio`.
"""
