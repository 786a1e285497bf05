"""One row per change of a shop's price, per change of a rating, and per review, as landed events.

Read from what pages state for machines; a page that its owner's robots.txt keeps from us is left out and named.
"""

from assets.outside import outside_family

pages = outside_family("pages", __doc__)
