"""The routes of the API, one module per subject; each offers a `router`, which `serving/api/app.py` includes."""
