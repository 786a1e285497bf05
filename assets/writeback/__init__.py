"""What goes back to the systems that people work in. One file per product, each with its audit table.

Only what was published is written back, only what changed, and each change is on record.
"""
