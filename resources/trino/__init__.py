"""Trino over the lake's Delta tables: a server on this machine, a small client, and published tables as views.

How a table is read lives in `lake/`; nothing here computes business data.
"""
