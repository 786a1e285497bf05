"""One row per currency and working day, and per economic figure and period, as landed events.

Figures count as first published; a revision is a kind of its own.
"""

from assets.outside import outside_family

economy = outside_family("economy", __doc__)
