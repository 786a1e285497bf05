"""Where a stored row comes from: from gold through silver to the rows of bronze and the lines of landed files.

``steps`` follows declared joins between tables, ``bronze`` finds the rows that a silver row was made of, ``landed``
compares the landed file with what bronze recorded. Which tables are joined how is declared in ``assets/lineage``.
"""
