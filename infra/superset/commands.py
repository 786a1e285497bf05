"""Run several of Superset's commands in one process, run by the Python of Superset's environment.

Reads a JSON list of argument lists from standard input: each command alone would load Superset anew, and others of the
machine could read a password on a command line.
"""

import json
import sys

from flask.cli import ScriptInfo
from superset.app import create_app
from superset.cli.main import superset

info = ScriptInfo(create_app=create_app)
for arguments in json.load(sys.stdin):
    print("superset", *arguments[:2], flush=True)
    superset.main(args=arguments, obj=info, standalone_mode=False)
