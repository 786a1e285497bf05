"""From bronze to a silver table: one row per key, typed, and what was refused.

``sql`` writes a table's SQL from its contract, ``staging`` parses bronze by it and keeps the latest per key, ``merge``
brings that into the table, ``refresh`` does all of it exactly once, ``history`` keeps every version, ``versions`` folds
those of chosen keys from bronze, ``drift`` tells fields that the contract does not know, ``integrity`` asks whether
what stands is true. Which tables there are is said by contracts in ``assets/silver/``.
"""
