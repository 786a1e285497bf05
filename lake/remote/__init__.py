"""A lake in object storage: `s3://bucket/prefix`, or `abfss://` and `az://` of Azure, used through a working copy.

The storage holds contents by checksum (`files/`), numbered states that list them (`states/`, each created once), and
numbered leases (`leases/`). A machine works on a folder of its own: ``pulling`` brings it to the newest state,
``pushing`` uploads what is new and then creates the next state, ``lease`` keeps other machines waiting meanwhile, and
``working_copy`` puts these together. ``objects`` is the connection. Why so: docs/decisions/0018.

Nothing here knows tables beyond the files that ``lake.backup.selection`` names.
"""
