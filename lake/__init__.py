"""The storage core: Delta tables and the contracts that say what they hold.

Here live contracts, the tables' four verbs (append, merge, overwrite, read), the SQL that silver is made by,
dead letters, reading positions, pins and the published state. No orchestration, no source system, no model.

To add something: a table needs nothing here, only a contract in ``assets/``; a new *kind* of table behaviour is one
module with one public function, tested with two writers and with a kill between its steps.
"""
