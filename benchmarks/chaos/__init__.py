"""`lacquer bench chaos`: messages are sent while their readers and the broker are killed, and each is accounted for.

``events`` is what is sent and the ledger of it, ``child`` a reader as a process that can be killed, also at a named
point, ``campaign`` starts and kills them, ``verdict`` compares lake and ledger without any of our readers.
"""
