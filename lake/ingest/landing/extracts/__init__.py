"""Plain extracts of the ERP's tables: CSV, Parquet and Excel files in ``landing/erp/extracts/<table>/``.

``options`` is what the folder's ``extract.yml`` says, ``records`` takes a CSV apart, ``workbook`` reads a sheet of
Excel in a process of its own, ``cells`` reads any of the formats as text, ``file`` turns each row into an envelope like
Debezium's, so that the door of bronze and all after it know nothing of formats. What a snapshot no longer holds is
found by :mod:`lake.ingest.pulls.left_out`. No value is typed here: that is silver's work. To add a format, give
``cells`` a reader.
"""
