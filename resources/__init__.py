"""What assets talk to: settings, the lake, the PIM, the ERP, and later streams, registries, models and notifiers.

A module here wraps one outside thing behind an interface of our own, so that assets stay thin and tests can put another
implementation in its place. No algorithms (those are in the pure packages), no assets, no work at import.

To add one: a module named after the thing, a class with a docstring that says what it reaches and what it needs set,
its settings in `resources/settings.py`, and its place in `build_definitions`.
"""
