"""Repair of damaged tables: what cannot be read is found and named, set aside, and begun anew.

``damage`` examines logs and data files, ``anew`` puts an empty (or partly saved) table in a damaged one's place,
``ledger`` says what bronze can be read from again. Which layer a table is rebuilt from is the asset graph's
(``assets.repairing``).
"""
