"""The pages of the dashboard, one module per subject; each offers a `router`, which `serving/web/app.py` includes."""
