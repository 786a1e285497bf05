"""Pulling the ERP's tables out of its database by watermark, and finding what neither that nor an extract shows.

``source`` says what is asked of a database, ``pull`` is the two passes over a table, ``known`` what bronze knows by
key, ``envelopes`` the files that land, ``state`` how far each table has come, and ``left_out`` which rows a snapshot
among the extracts no longer holds. Nothing here opens a connection: ``resources/erp.py`` does.
"""
