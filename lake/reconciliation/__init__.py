"""Reconciliation: does silver hold what the ERP's database holds? Counts and sums first, and keys where they differ.

``sides`` says what the two sides are asked, ``compare`` narrows a difference down by day and key range, ``rows`` judges
single rows through the contract's own SQL, ``results`` keeps what was found. Rows that the ERP changed since the last
pull are not yet pulled, and no differences.
"""
