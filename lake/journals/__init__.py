"""What the lake did and has to know again: a module a subject, which says what its rows mean and holds their contract.

``runs`` of the command line, ``webhooks`` that were taken, ``standings`` of outside sources, ``writebacks`` to the PIM,
``overrides`` that people made, events of ``alerts``. How rows come in and out is :mod:`lake.delta.journal`'s; a journal
that serves one package alone stands in it (:mod:`lake.ingest.pulls.state`, :mod:`lake.ingest.landing.ledger`).
"""
