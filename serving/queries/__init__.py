"""Typed reads of the published state, shared by the command line, the API, the dashboard, exports and reports.

`published` opens the state for a command. For servers, `publications` follows the lake and hands out readers; a
`reader` is one published state as one scope of people may see it; `scopes` says which rows that is. The other modules
ask a reader: one module per subject, functions that return small typed records. A new question is a function in the
module of its subject. A query never prints, never writes, and knows no HTTP.
"""
