"""Features as tables, and the views of them that Feast serves online.

One file per table, and views.py, which derives Feast's views from the contracts of tables. How a feature is computed
stands in ``ml``; what talks to Feast in ``resources``. To add a view: a line in views.py.
"""
