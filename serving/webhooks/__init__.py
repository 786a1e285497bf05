"""`lacquer webhooks`: a server that takes what the PIM tells, and brings the objects concerned through at once.

`receiver` answers: signature, window, replay, on record, 202. `worker` does what follows from it, one batch after the
other: read the objects, land them, run the part of the graph that they concern, write back. `command` starts both.
"""
