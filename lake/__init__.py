"""The storage core: Delta tables and the contracts that declare them. No orchestration, no source system, no model.

`delta/` reads, commits and pins tables. `ingest/` fills bronze, `silver/` types it, `gold/` decides what dbt rebuilds.
`journals/` are tables about what Lacquer did. Here stand the contract, the lake itself, and what several of them share.

A table needs nothing here, only a contract in ``assets/``. A new *kind* of table behaviour is one module with one
public function, tested with two writers and with a kill between its steps.
"""
