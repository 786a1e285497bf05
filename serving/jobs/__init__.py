"""Work that people start from the dashboard or by REST: a run, a look at the audio inbox, the forecast's page.

`work` starts it and knows its state, `child` is the process that does it, `events` tells how far it is. The work is a
command of `lacquer` in a process of its own: it outlives the server, and a server that dies loses none of its state.
"""
