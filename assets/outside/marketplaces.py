"""One row per change of a release's lowest price, or number of copies, on a marketplace, as landed events.

A marketplace asks for a pace; many releases take their time.
"""

from assets.outside import outside_family

marketplaces = outside_family("marketplaces", __doc__)
