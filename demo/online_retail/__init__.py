"""The real wholesaler (UCI Online Retail II) as landing files: orders, lines, buyers, and its codes as releases.

`extracts.sql` says what the rows are, `pack` which of them stand in which file. No figure is cleaned here: silver does
that. The stock codes are gifts, not music; nothing joins them to another pack's releases.
"""
