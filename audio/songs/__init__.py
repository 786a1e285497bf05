"""Test songs with a known truth: written from a seed, rendered with free soundfonts, the truth beside each.

Here live the score (`score`: form, harmony, tempo curve), its parts (`parts`: bass, chords, melody; `drums`),
the rendering through fluidsynth (`render`) and the truth as JAMS (`truth`). Tuning of the analysis uses seeds under
`HELD_OUT_SEED`; the figures of the documentation are measured on seeds from there on, which nobody tunes on.
"""

HELD_OUT_SEED = 7_000
