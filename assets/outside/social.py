"""One row per post that mentions us, and per change of popularity, playlist place, views, likes and search interest.

As landed events. A network asks for a pace and has quotas; what is left over waits for the next fetch.
"""

from assets.outside import outside_family

social = outside_family("social", __doc__)
