"""Whether new data looks like a table's own past.

What a contract promises is checked in :mod:`lake.contract_checks`; here nothing is promised, and the past
decides. A new measure is one line in ``measures``; it must be a number per day that says which column it is about.
"""
