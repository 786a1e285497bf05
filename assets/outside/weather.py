"""One row per region, kind of weather and day, and per forecast of it, as landed events.

Observations end with their day; a forecast is a kind of its own that occurred when it was made.
"""

from assets.outside import outside_family

weather = outside_family("weather", __doc__)
