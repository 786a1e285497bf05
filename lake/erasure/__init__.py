"""Forgetting a buyer: the number and the personal data of one buyer leave every place that a lake keeps data in.

The buyer's orders stay, under a random substitute, so that sums and counts stay what they were. ``identity`` knows what
to look for and how a text is rewritten, ``tables``, ``landing`` and ``files`` rewrite their places, ``forget`` does all
in an order that a kill does not break, ``search`` looks whether anything is left. Whose data which column holds is said
by contracts, not here.

``rotation`` gives all pseudonyms another key.
"""
