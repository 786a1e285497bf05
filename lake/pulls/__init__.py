"""Pulling the ERP's tables out of its database by watermark, and finding what a watermark cannot show.

``source`` says what is asked of a database, ``pull`` is the two passes over a table, ``known`` what bronze knows by
key, ``envelopes`` the files that land, ``state`` how far each table has come. Nothing here opens a connection:
``resources/erp.py`` does.
"""
