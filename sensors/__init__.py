"""What starts work: files that land, the clock. One file per kind of event.

A sensor looks and asks for a run; it does no work itself. Cursors are our own and tell what was asked for, so that a
run which fails is not asked for again until something new has happened.
"""
