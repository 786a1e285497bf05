"""The storage core: Delta tables and the contracts that say what they hold.

Here live contracts, the tables' four verbs (append, merge, overwrite, read), the SQL that silver is made by,
dead letters, reading positions, pins, the published state, and the journals of what was done. No orchestration, no
source system, no model.

To add something: a table needs nothing here, only a contract in ``assets/``. What the lake is to remember of its own
work is a module of ``journals/``: a contract, and what is asked of its :class:`lake.journal.Journal`. A new *kind* of
table behaviour is one module with one public function, tested with two writers and with a kill between its steps.
"""
