"""Reads of the published state, shared by the command line, the API, the dashboard and the copilot.

A query opens the published versions of the tables and returns rows or small typed records. It never prints.
"""
