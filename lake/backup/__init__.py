"""Back up a lake into a folder, and restore it from there.

``selection`` lists the files that a backup holds, ``manifest`` records one backup, ``saving`` writes it, ``restoring``
verifies it and writes it back. Backups of servers (PostgreSQL, Kafka) do not belong here: these have their own tools.
"""
