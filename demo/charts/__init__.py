"""Real catalogues, charts, streams, reviews and prices as landing files: PIM objects and signal events.

`sources` opens the raw files, `names` says when two names are the same, `catalogue` and `events` say what the rows
become, `balance` counts the fate of each row, `pack` which of them stand in which file. Nothing is cleaned here but
what a landing file could not say. Music tables join by exact normalised artist and title, and by nothing else; the
wholesaler's stock codes have no honest join to them and live in a lake of their own.
"""
