"""`lacquer bench crash`: work on a lake is killed at commit boundaries and at random, and every row is accounted for.

``work`` is a small graph (landing, bronze, silver, history, sums in gold, publication, export) with an oracle of its
own, ``points`` ends a process at a commit, ``child`` runs the work, ``readers`` look at the published state meanwhile,
``bugs`` are wrong orders of commits that a campaign has to find, ``campaign`` kills and judges.
"""
