"""Superset over gold: metadata in SQLite or PostgreSQL, and pages that load nothing from elsewhere.

`lacquer superset start` sets the variables; a Superset of your own may take this file as it is.
"""

import copy
import os

from superset.config import TALISMAN_CONFIG as _DEFAULT

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_METADATA_URI"]
CACHE_CONFIG = DATA_CACHE_CONFIG = {"CACHE_TYPE": "SimpleCache"}
RATELIMIT_STORAGE_URI = "memory://"

# The pages of Superset ask an analytics host for a pixel: the content policy refuses what is not of this host.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = copy.deepcopy(_DEFAULT)
for _rule, _allowed in TALISMAN_CONFIG["content_security_policy"].items():
    if isinstance(_allowed, list):
        TALISMAN_CONFIG["content_security_policy"][_rule] = [one for one in _allowed if "://" not in one]
# Set SUPERSET_PLAIN_HTTP=1 on loopback only; behind a proxy with TLS leave it out.
if os.environ.get("SUPERSET_PLAIN_HTTP") == "1":
    TALISMAN_CONFIG["force_https"] = TALISMAN_CONFIG["session_cookie_secure"] = False
