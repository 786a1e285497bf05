"""One row per region and public holiday, and per event of a calendar and concert, as landed events.

They occur when they begin, which may lie ahead; what is cancelled or moved is a kind of its own.
"""

from assets.outside import outside_family

calendars = outside_family("calendars", __doc__)
